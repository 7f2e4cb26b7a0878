import type { Daemon } from "../daemon/daemons.ts";
import type { DockerConfig } from "../config/schema.ts";
import { formatDaemonAddress } from "../daemon/address.ts";
import { listVolumes, removeVolume, type VolumeFacts } from "../docker/volume.ts";
import { agentLabel } from "../job/labels.ts";
import { storeLabel } from "../job/plan-storage.ts";
import { messageOf } from "../support/errors.ts";
import { Limit } from "../support/limit.ts";
import type { AgentContext } from "./agent-context.ts";

const pauseMs = 3_600_000;
const limitMs = 120_000;

type UpkeepContext = Pick<AgentContext, "stores" | "daemons" | "clock" | "log" | "agentId" | "stopping">;

/**
 * Removes layer stores that no job has used for too long, and those of which nothing is known: at the agent's start and
 * every hour, until it ends.
 *
 * @param dockers [runners.docker] of all entries, as they are at the time
 */
export async function keepStoresTidy(agent: UpkeepContext, dockers: () => readonly DockerConfig[]): Promise<void> {
  for (;;) {
    await removeStaleStores(agent, dockers());
    try {
      await agent.clock.sleep(pauseMs, agent.stopping);
    } catch {
      return;
    }
  }
}

/** Looks at each daemon once that has stores, or may get some. */
async function removeStaleStores(agent: UpkeepContext, dockers: readonly DockerConfig[]): Promise<void> {
  const hosts = new Set((await agent.stores.ledger.all()).map(({ host }) => host));
  const leasing = dockers.filter(({ daemon }) => daemon?.wiring === "dind" && daemon.storage === "leased");
  if (leasing.length === 0 && hosts.size === 0) return;
  const ages = leasing.flatMap(({ daemon }) => (daemon?.wiring === "dind" ? [daemon.storage_max_age] : []));
  // 0 is no bound at all.
  const longestMs = ages.length === 0 || ages.includes(0) ? Number.POSITIVE_INFINITY : Math.max(...ages);
  const seen = new Set<string>();
  for (const docker of dockers) {
    using limit = new Limit(limitMs, agent.stopping);
    try {
      const daemon = await agent.daemons.get(docker, limit.signal);
      const host = formatDaemonAddress(daemon.address);
      if (seen.has(host) || !(leasing.includes(docker) || hosts.has(host))) continue;
      seen.add(host);
      await tidy(agent, daemon, host, longestMs, limit.signal);
    } catch (error) {
      if (agent.stopping.aborted) return;
      agent.log.debug({ host: docker.host, err: error }, `layer stores could not be looked at: ${messageOf(error)}`);
    }
  }
}

async function tidy(
  agent: UpkeepContext,
  { engine }: Daemon,
  host: string,
  longestMs: number,
  signal: AbortSignal,
): Promise<void> {
  const { stores, clock, log, agentId } = agent;
  const owner = await stores.ledger.owner();
  const isStale = async (volume: VolumeFacts): Promise<boolean> => {
    // Of another agent with our id, or of a state directory that is no more: whoever has it would wipe it by now.
    if (!volume.labels[storeLabel]?.startsWith(`${owner}.`)) return clock.now() - volume.createdAt > longestMs;
    const record = await stores.ledger.read(volume.name);
    return record === null || isUnused(record, clock.now());
  };
  const volumes = await listVolumes(engine, [`${agentLabel}=${agentId}`, storeLabel], signal);
  for (const volume of volumes) {
    const { name } = volume;
    await unlessHeld(agent, name, async () => {
      try {
        if (!(await isStale(volume))) return;
        await removeVolume(engine, name, signal);
        await stores.ledger.forget(name);
        log.info({ volume: name }, `the layer store ${name} was not used any more and has been removed`);
      } catch (error) {
        signal.throwIfAborted();
        // Somebody uses it, or the next time will do.
        log.debug({ volume: name, err: error }, `the layer store ${name} could not be removed: ${messageOf(error)}`);
      }
    });
  }
  const names = new Set(volumes.map(({ name }) => name));
  for (const record of await stores.ledger.all()) {
    if (record.host !== host || names.has(record.volume) || !isUnused(record, clock.now())) continue;
    await unlessHeld(agent, record.volume, () => stores.ledger.forget(record.volume));
  }
}

async function unlessHeld({ stores }: UpkeepContext, volume: string, body: () => Promise<void>): Promise<void> {
  const release = stores.reserve(volume);
  if (release !== null) await body().finally(release);
}

function isUnused({ usedAt, maxAgeMs }: { readonly usedAt: number; readonly maxAgeMs: number }, now: number): boolean {
  return maxAgeMs > 0 && now - usedAt > maxAgeMs;
}
