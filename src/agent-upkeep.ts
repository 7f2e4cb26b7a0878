import { basename } from "node:path";
import type { DockerConfig, RunnerConfig } from "./config/schema.ts";
import type { AgentIdentity } from "./coordinator/info.ts";
import type { DaemonSettings } from "./daemon/daemons.ts";
import type { HostProbe } from "./daemon/uplink.ts";
import type { EngineFacts } from "./docker/engine.ts";
import type { AgentContext } from "./executor/agent-context.ts";
import { defaultHelperImage, hostProbe } from "./executor/prepare.ts";
import type { StateDirectory } from "./journal/state-directory.ts";
import type { WorkingEntry } from "./runner-entry.ts";
import { readBoots } from "./upkeep/boot-list.ts";
import { DiskWatch, usualPace, type WatchPace } from "./upkeep/disk-watch.ts";
import { Reaper } from "./upkeep/reaper.ts";
import type { UpkeepMetrics } from "./upkeep/upkeep-context.ts";
import type { UsageLedger } from "./upkeep/usage-ledger.ts";

type ProbeOf = (docker: DaemonSettings, facts: EngineFacts) => HostProbe | null;

/** How the daemons' hosts are looked at from there. @param runners the entries as they are at the time */
export function probes(
  { path, boot }: StateDirectory,
  { revision }: AgentIdentity,
  runners: () => readonly RunnerConfig[],
): ProbeOf {
  return (settings, facts) => {
    const { environment = [] } = runners().find(({ docker }) => docker === settings) ?? {};
    const owner = { agentId: basename(path), boot, revision };
    return hostProbe(owner, settings, environment, facts.architecture);
  };
}

/** What an agent does for the daemons beside running jobs. */
export interface AgentUpkeep {
  /** Begins, in the background. @param entries as they are at the time */
  start(entries: () => readonly WorkingEntry[]): void;
  /** Why an entry must ask for no jobs: its daemon's disk is full; null when it may. */
  obstacle(runner: RunnerConfig): string | null;
}

/**
 * Before this start of the agent makes anything.
 *
 * @param probeOf how to look at a daemon's host from there
 * @param pace what differs from the usual; null: disks are nobody's business
 */
export async function openUpkeep(
  context: Omit<AgentContext, "usage" | "metrics"> & { readonly usage: UsageLedger; readonly metrics: UpkeepMetrics },
  probeOf: ProbeOf,
  pace: Partial<WatchPace> | null,
): Promise<AgentUpkeep> {
  const reaper = await Reaper.open(context);
  const surroundings = {
    ...context,
    boots: async () => new Set(await readBoots(context.state.path)),
    probeOf: (docker: DockerConfig, { facts }: { readonly facts: EngineFacts }) => probeOf(docker, facts),
    imagesOf: (docker: DockerConfig, { facts }: { readonly facts: EngineFacts }) => [
      ...namedImages(docker),
      probeOf(docker, facts)?.image ?? defaultHelperImage(facts.architecture, docker.helper_image_flavor),
    ],
  };
  const watch = pace === null ? null : new DiskWatch(surroundings, { ...usualPace, ...pace });
  return {
    start: (entries) => {
      const runners = (): RunnerConfig[] => entries().map(({ runner }) => runner);
      context.background(reaper.run(() => runners().map(({ docker }) => docker)));
      if (watch !== null) context.background(watch.run(runners));
    },
    obstacle: (runner) => watch?.obstacle(runner) ?? null,
  };
}

function namedImages({ image, helper_image: helper, services, daemon }: DockerConfig): string[] {
  const dind = daemon?.wiring === "dind" ? [daemon.image] : [];
  return [image, helper, ...services.map(({ name }) => name), ...dind].filter((name) => name !== "");
}
