import type { SidecarSpec } from "../daemon/contribution.ts";
import { resolveWiring } from "../daemon/resolve-wiring.ts";
import { contribute } from "../daemon/wiring.ts";
import { containerLogs, waitContainer } from "../docker/container.ts";
import { demux } from "../docker/demux.ts";
import { awaitDockerApi } from "../executor/readiness.ts";
import { serviceHostSettings } from "../job/host-settings.ts";
import { isDefaultNetwork, isNamedNetwork } from "../job/plan-wiring.ts";
import { messageOf } from "../support/errors.ts";
import { fail, type Outcome, pass, skip } from "./check.ts";
import type { DoctorContext } from "./doctor-context.ts";
import { imageState, judgeImage } from "./image-state.ts";
import { probeSpec } from "./job-site.ts";
import { wiringContext } from "./wiring-context.ts";

const logLines = 20;
const logLimitMs = 2_000;
/** Of the certificates, in milliseconds. */
const lifetimeMs = 600_000;

/** Starts the sidecar as for a job, and waits for its API from where the job would be. */
export async function tryDind(context: DoctorContext, seconds: number, signal: AbortSignal): Promise<Outcome> {
  const { runner, settings } = context;
  const began = settings.clock.monotonic();
  const daemon = await context.daemon();
  const wiring = await resolveWiring(runner.docker, daemon, settings.clock.now(), lifetimeMs);
  if (wiring.kind !== "dind") return skip("the wiring is another one");
  const { network_mode: mode } = runner.docker;
  // On the host's own network a dind would meddle with the host's firewall.
  if (!isDefaultNetwork(mode) && !isNamedNetwork(mode))
    return fail(
      `wiring = "dind" can't work with network_mode = "${mode}": the job would not find its Docker daemon`,
      "remove `network_mode` from [runners.docker], or name a network there",
    );
  const image = await imageState(context, wiring.image, signal);
  const judged = judgeImage(image);
  if (judged.verdict === "fail") return judged;
  if (!image.isLocal)
    return {
      verdict: "warn",
      finding: `"${wiring.image}" is not on the daemon yet, so it was not started`,
      fix: `docker pull ${wiring.image}`,
    };

  const [bench, site] = await Promise.all([context.bench(), context.site()]);
  const { sidecar, seeds, volumes } = contribute(
    { ...wiring, lease: null },
    wiringContext(context, bench.name, daemon),
  );
  if (sidecar === null) return skip("the wiring has no sidecar");
  await Promise.all(volumes.map(({ name }) => bench.volume(name, signal)));
  const spec = {
    ...probeSpec(bench, runner, sidecar.image, "dind"),
    user: "",
    entrypoint: null,
    command: sidecar.command.length > 0 ? sidecar.command : null,
    env: sidecar.env,
    binds: sidecar.binds,
    aliases: [sidecar.alias],
    host: serviceHostSettings(runner.docker, { slotCgroup: "", serviceSlotCgroup: "", init: false }, true, []),
  };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]);
  let id = "";
  let problem = "no answer";
  const stop = new AbortController();
  try {
    id = await bench.container(spec, site.network, signal, seeds);
    const until = AbortSignal.any([limit, stop.signal]);
    const place = { engine: daemon.engine, from: site.container, clock: settings.clock, signal: until };
    const answers = awaitDockerApi(place, apiOf(sidecar), (text) => {
      problem = text;
    });
    const dies = waitContainer(daemon.engine, id, until).then((code) => {
      throw new Error(`it ended with exit code ${code}`);
    });
    await Promise.race([answers, dies]);
    const took = ((settings.clock.monotonic() - began) / 1000).toFixed(1);
    return pass(`a dind starts and answers${sidecar.tls ? " with TLS" : ""} as "${sidecar.alias}" (${took} s)`);
  } catch (error) {
    signal.throwIfAborted();
    const why = limit.aborted ? `no answer within ${seconds} s (${problem})` : messageOf(error);
    const log = id === "" ? "" : await lastLine(context, id);
    return fail(`the dind "${wiring.image}" does not come up: ${why}${log}`, fixOf(`${why}${log}`));
  } finally {
    stop.abort(new Error("the check is over"));
  }
}

const apiOf = ({ alias, port, tls, certificates }: SidecarSpec) => ({ host: alias, port, tls, certificates });

function fixOf(text: string): string {
  if (/operation not permitted|permission denied|unable to apply caps|privileged/i.test(text))
    return 'let the daemon run privileged containers, or set `wiring = "socket"` or "tcp" in [runners.docker.daemon]';
  return 'set `image = "docker:dind"` in [runners.docker.daemon], or another image whose entrypoint starts dockerd, and correct `command` there';
}

/** The last thing that it printed; "" for nothing. */
async function lastLine(context: DoctorContext, id: string): Promise<string> {
  const { engine } = await context.daemon();
  let text = "";
  try {
    const log = await containerLogs(engine, id, logLines, AbortSignal.timeout(logLimitMs));
    for await (const { bytes } of demux(log)) text += bytes.toString("utf8");
  } catch {
    return "";
  }
  const line = text.trim().split("\n").at(-1) ?? "";
  return line === "" ? "" : `; its last line: ${line.slice(0, 200)}`;
}
