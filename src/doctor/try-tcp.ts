import { formatDaemonAddress } from "../daemon/address.ts";
import { resolveWiring } from "../daemon/resolve-wiring.ts";
import { awaitDockerApi } from "../executor/readiness.ts";
import { fail, type Outcome, pass, skip } from "./check.ts";
import type { DoctorContext } from "./doctor-context.ts";

const limitMs = 5_000;

/** Asks the daemon elsewhere through a job's network. */
export async function tryTcp(context: DoctorContext, signal: AbortSignal): Promise<Outcome> {
  const { runner, settings } = context;
  const daemon = await context.daemon();
  const wiring = await resolveWiring(runner.docker, daemon, settings.clock.now(), 0);
  if (wiring.kind !== "tcp" || wiring.address.kind !== "tcp") return skip("the wiring is another one");
  const { host, port } = wiring.address;
  const shown = formatDaemonAddress(wiring.address);
  const { container } = await context.site();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  const { certificates } = wiring;
  let problem = "no answer";
  try {
    await awaitDockerApi(
      { engine: daemon.engine, from: container, clock: settings.clock, signal: limit },
      { host, port, tls: certificates !== null, certificates },
      (text) => {
        problem = text;
      },
    );
    return pass(`the daemon ${shown} answers in a job's network`);
  } catch {
    signal.throwIfAborted();
    return fail(
      `the daemon ${shown} can't be reached from a job's network: ${problem}`,
      "correct `address`, `tls_verify` and `tls_cert_path` in [runners.docker.daemon], and see that the daemon listens there",
    );
  }
}
