import { basename, dirname } from "node:path/posix";
import { resolveWiring } from "../daemon/resolve-wiring.ts";
import { fail, type Outcome, pass, skip } from "./check.ts";
import type { DoctorContext } from "./doctor-context.ts";
import { probeSpec } from "./job-site.ts";

/** Looks for the socket on the daemon's host. Its directory is mounted: the daemon would make one of a socket that isn't there. */
export async function trySocket(context: DoctorContext, signal: AbortSignal): Promise<Outcome> {
  const { runner, settings } = context;
  const wiring = await resolveWiring(runner.docker, await context.daemon(), settings.clock.now(), 0);
  if (wiring.kind !== "socket") return skip("the wiring is another one");
  const [bench, image] = await Promise.all([context.bench(), context.helperImage()]);
  const { socketPath } = wiring;
  const spec = {
    ...probeSpec(bench, runner, image, "socket"),
    binds: [`${dirname(socketPath)}:/longshore-doctor:ro`],
  };
  const id = await bench.container(spec, { kind: "mode", mode: "none" }, signal);
  const { code } = await bench.run(id, 'test -S "/longshore-doctor/$1"', [basename(socketPath)], signal);
  if (code === 0) return pass(`jobs get the daemon's socket ${socketPath}`);
  return fail(
    `there is no socket ${socketPath} on the daemon's host to hand on to jobs`,
    'set `socket_path = "/var/run/docker.sock"` in [runners.docker.daemon] to where the daemon has its socket',
  );
}
