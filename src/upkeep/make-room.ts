import { formatDaemonAddress } from "../daemon/address.ts";
import type { Daemon } from "../daemon/daemons.ts";
import { listImages, removeImage, usedByContainers } from "../docker/image-list.ts";
import { listVolumes, removeVolume } from "../docker/volume.ts";
import { agentLabel, bootLabel } from "../job/labels.ts";
import { messageOf } from "../support/errors.ts";
import { type CleanUpFacts, cleanUpOrder, type KeptVolume, type Removable } from "./clean-up-order.ts";
import type { DiskSpace } from "./disk-space.ts";
import { type Shortage, spaceInWords } from "./space-shortage.ts";
import type { UpkeepContext } from "./upkeep-context.ts";
import type { UsageLedger } from "./usage-ledger.ts";

/** Volumes that somebody else keeps books of: those that jobs' own daemons are leased. */
export interface LeasedVolumes {
  /** Keeps jobs away until the function that it returns is called; null when a job has the volume. */
  reserve(volume: string): (() => void) | null;
  readonly ledger: {
    read(volume: string): Promise<{ readonly usedAt: number } | null>;
    forget(volume: string): Promise<void>;
  };
}

export interface RoomContext extends UpkeepContext {
  readonly usage: UsageLedger;
  readonly stores: LeasedVolumes;
  /** Starts of the agent that its state directory knows: a kept volume of another start may be another agent's. */
  readonly boots: () => Promise<ReadonlySet<string>>;
}

export interface RoomRequest {
  /** What is missing of that space, null when nothing is any more. */
  readonly shortage: (space: DiskSpace) => Shortage | null;
  readonly measure: () => Promise<DiskSpace | null>;
  readonly keep: Pick<CleanUpFacts, "configured" | "patterns">;
}

/**
 * Removes one thing after the other until enough is free, or until what went should be enough: some daemons free the
 * space of an image some time after they said so. Returns how many things went.
 */
export async function makeRoom(
  agent: RoomContext,
  daemon: Daemon,
  before: DiskSpace,
  { shortage, measure, keep }: RoomRequest,
  signal: AbortSignal,
): Promise<number> {
  const { log, metrics } = agent;
  const host = formatDaemonAddress(daemon.address);
  let space = before;
  let owed = shortage(space)?.bytes ?? 0;
  let removed = 0;
  for (const going of await removables(agent, daemon, keep, signal)) {
    if (shortage(space) === null || (removed > 0 && owed <= 0)) break;
    const what = nameOf(going);
    try {
      if (!(await remove(agent, daemon, going, signal))) continue;
    } catch (error) {
      signal.throwIfAborted();
      // Used meanwhile, or the base of another.
      log.debug({ host, err: error }, `${what} could not be removed: ${messageOf(error)}`);
      continue;
    }
    removed++;
    metrics.madeRoom(going.kind);
    const now = (await measure()) ?? space;
    const freed = Math.max(0, now.freeBytes - space.freeBytes);
    space = now;
    owed -= Math.max(freed, going.kind === "image" ? going.image.bytes : 0);
    const bytes = `${(freed / 1024 ** 2).toFixed(1)} MiB`;
    const used = new Date(going.usedAt).toISOString();
    log.info(
      { host, freed },
      `the disk is nearly full: ${what}, last used ${used}, was removed, which freed ${bytes}; ${spaceInWords(now)} are free`,
    );
  }
  return removed;
}

async function removables(
  { agentId, usage, stores, clock, boots }: RoomContext,
  { engine, address }: Daemon,
  keep: RoomRequest["keep"],
  signal: AbortSignal,
): Promise<Removable[]> {
  const host = formatDaemonAddress(address);
  const labels = [`${agentLabel}=${agentId}`, "com.gitlab.gitlab-runner.reusable=true"];
  const [images, inUse, found, known] = await Promise.all([
    listImages(engine, signal),
    usedByContainers(engine, signal),
    listVolumes(engine, labels, signal),
    boots(),
  ]);
  const ours = found.filter((volume) => known.has(volume.labels[bootLabel] ?? ""));
  const volumes = ours.map(async ({ name }): Promise<KeptVolume> => {
    const store = await stores.ledger.read(name).catch(() => null);
    return { name, usedAt: store?.usedAt ?? usage.volumeUsedAt(host, name) };
  });
  return cleanUpOrder({
    images,
    inUse,
    uses: usage.images(host),
    volumes: await Promise.all(volumes),
    now: clock.now(),
    ...keep,
  });
}

/** False when a job has got it meanwhile, or its names mean something else. */
async function remove(
  { usage, stores }: RoomContext,
  { engine, address }: Daemon,
  going: Removable,
  signal: AbortSignal,
): Promise<boolean> {
  const host = formatDaemonAddress(address);
  if (usage.usedSince(host, going.kind === "image" ? going.image.id : going.name, going.usedAt)) return false;
  if (going.kind === "image") {
    if (!(await removeImage(engine, going.image, signal))) return false;
    usage.forget(host, "image", going.image.id);
    return true;
  }
  const release = stores.reserve(going.name);
  if (release === null) return false;
  try {
    await removeVolume(engine, going.name, signal);
    await stores.ledger.forget(going.name);
  } finally {
    release();
  }
  usage.forget(host, "volume", going.name);
  return true;
}

function nameOf(going: Removable): string {
  if (going.kind === "volume") return `the volume ${going.name}`;
  const { tags, digests, id } = going.image;
  return `the image ${[...tags, ...digests, id][0] ?? id}`;
}
