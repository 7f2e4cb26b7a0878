import type { SidecarSpec } from "../daemon/contribution.ts";
import { resolveWiring } from "../daemon/resolve-wiring.ts";
import { contribute } from "../daemon/wiring.ts";
import { awaitDockerApi } from "../executor/readiness.ts";
import { serviceHostSettings } from "../job/host-settings.ts";
import { isDefaultNetwork, isNamedNetwork } from "../job/plan-wiring.ts";
import { messageOf } from "../support/errors.ts";
import { fail, type Outcome, pass, skip } from "./check.ts";
import type { DoctorContext } from "./doctor-context.ts";
import { longestLifeSeconds } from "./bench.ts";
import { boundedCommand } from "./bounded-command.ts";
import { imageState, judgeImage } from "./image-state.ts";
import { probeSpec } from "./job-site.ts";
import { WatchedContainer } from "./watched-container.ts";
import { wiringContext } from "./wiring-context.ts";

/** Of the certificates, in milliseconds. */
const lifetimeMs = 600_000;

/** Starts the sidecar as for a job, and waits for its API from where the job would be. */
export async function tryDind(context: DoctorContext, seconds: number, signal: AbortSignal): Promise<Outcome> {
  const { runner, settings } = context;
  const began = settings.clock.monotonic();
  const daemon = await context.daemon();
  const wiring = await resolveWiring(runner.docker, daemon, settings.clock.now(), lifetimeMs, context.suffix);
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
  const facts = await context.image(wiring.image);
  if (judged.verdict === "fail" || (judged.verdict === "warn" && facts === null)) return judged;
  if (facts === null)
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
    entrypoint: boundedCommand(
      [...facts.entrypoint, ...(sidecar.command.length > 0 ? sidecar.command : facts.command)],
      longestLifeSeconds,
    ),
    command: [],
    env: sidecar.env,
    binds: sidecar.binds,
    aliases: [sidecar.alias],
    host: serviceHostSettings(runner.docker, { slotCgroup: "", serviceSlotCgroup: "", init: false }, true, []),
  };
  const limit = AbortSignal.any([signal, AbortSignal.timeout(seconds * 1000)]);
  let problem = "no answer";
  const stop = new AbortController();
  const until = AbortSignal.any([limit, stop.signal]);
  const watched = new WatchedContainer();
  try {
    const watch = (id: string) => watched.follow(daemon.engine, id, until);
    await bench.container(spec, site.network, signal, { seeds, watch });
    const place = { engine: daemon.engine, from: site.container, clock: settings.clock, signal: until };
    const answers = awaitDockerApi(place, apiOf(sidecar), (text) => {
      problem = text;
    });
    await Promise.race([answers, watched.ended]);
    const took = ((settings.clock.monotonic() - began) / 1000).toFixed(1);
    return pass(`a dind starts and answers${sidecar.tls ? " with TLS" : ""} as "${sidecar.alias}" (${took} s)`);
  } catch (error) {
    signal.throwIfAborted();
    const why = limit.aborted ? `no answer within ${seconds} s (${problem})` : messageOf(error);
    if (hasNoShell(why)) return skip(`"${wiring.image}" was not started: it has no shell that would see to its end`);
    const log = watched.lastLine === "" ? "" : `; its last line: ${watched.lastLine}`;
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

/** A daemon that nothing ends would stay, privileged, should this process be killed. */
const hasNoShell = (words: string): boolean => /"sh": executable file not found/.test(words);
