import type { DockerConfig } from "../config/schema.ts";
import { formatDaemonAddress } from "../daemon/address.ts";
import { type Daemon, daemonKey } from "../daemon/daemons.ts";
import type { HostProbe } from "../daemon/uplink.ts";
import { messageOf } from "../support/errors.ts";
import { Limit } from "../support/limit.ts";
import type { DiskSpace } from "./disk-space.ts";
import { makeRoom, type RoomContext } from "./make-room.ts";
import { type DiskGauge, diskGauge } from "./measure-disk.ts";
import { inodeFloor, lowInodes, type Shortage, shortageOf, spaceInWords } from "./space-shortage.ts";
import { waited } from "./upkeep-context.ts";

/** How often is looked; milliseconds. */
export interface WatchPace {
  readonly everyMs: number;
  /** Through a container: after jobs, and while space is short. */
  readonly remoteMs: number;
  /** Through a container, while nothing happens. */
  readonly remoteIdleMs: number;
}

/** Where a look is a system call, it costs nothing; where it is a container, the daemon works for half a second. */
export const usualPace: WatchPace = { everyMs: 30_000, remoteMs: 300_000, remoteIdleMs: 1_800_000 };

const measureLimitMs = 60_000;
const limitMs = 600_000;
/** What was measured that long ago says nothing, and holds nobody back. */
const staleMs = 3_600_000;
/** After nothing was found that may go: each search lists all that the daemon has. */
const vainMs = 300_000;

/** A [[runners]] entry whose jobs run on a daemon. */
export interface WatchedEntry {
  readonly name: string;
  readonly docker: DockerConfig;
}

export interface WatchContext extends RoomContext {
  /** How to look at the host of a daemon from there. */
  probeOf(docker: DockerConfig, daemon: Daemon): HostProbe | null;
  /** The images that config.toml names for jobs of this entry. */
  imagesOf(docker: DockerConfig, daemon: Daemon): readonly string[];
}

interface Watched {
  /** The daemon, as its address is written; "" until it answered. */
  host: string;
  space: DiskSpace | null;
  /** By the monotonic clock. */
  measuredAt: number;
  triedAt: number;
  /** No search for what may go until then. */
  restsUntil: number;
  gauge: DiskGauge | null;
  isBusy: boolean;
  /** Names of the entries that ask for no jobs, as it was said last. */
  paused: string;
}

/**
 * Watches the disks of the daemons that run jobs. Below `disk_low_watermark` it makes room; below `disk_floor` the
 * entry asks for no jobs until there is space again. Running jobs go on.
 */
export class DiskWatch {
  readonly #agent: WatchContext;
  readonly #pace: WatchPace;
  readonly #watched = new Map<string, Watched>();

  constructor(agent: WatchContext, pace: WatchPace) {
    this.#agent = agent;
    this.#pace = pace;
  }

  /** Until the agent ends. @param entries as they are at the time */
  async run(entries: () => readonly WatchedEntry[]): Promise<void> {
    const looks = new Set<Promise<void>>();
    do {
      for (const group of Map.groupBy(entries(), ({ docker }) => daemonKey(docker)).values()) {
        // One that takes its time keeps nobody else waiting.
        const look = this.look(group).finally(() => looks.delete(look));
        looks.add(look);
      }
    } while (await waited(this.#agent, this.#pace.everyMs));
    await Promise.all(looks);
  }

  /** Why an entry must ask for no jobs now; null when it may. */
  obstacle({ docker }: Pick<WatchedEntry, "docker">): string | null {
    const watched = this.#watched.get(daemonKey(docker));
    if (watched === undefined || watched.space === null) return null;
    if (this.#agent.clock.monotonic() - watched.measuredAt > staleMs) return null;
    const shortage = shortageOf(watched.space, docker.disk_floor, inodeFloor);
    return shortage === null ? null : `the disk of the Docker daemon at ${docker.host} is below disk_floor`;
  }

  /** Looks at one daemon when it is time to. @param group the entries that share it */
  async look(group: readonly WatchedEntry[]): Promise<void> {
    const [first] = group;
    if (first === undefined) return;
    const { log, stopping, clock } = this.#agent;
    const watched = this.#of(first.docker);
    if (watched.isBusy || !this.#isDue(watched, group)) return;
    watched.isBusy = true;
    watched.triedAt = clock.monotonic();
    using limit = new Limit(limitMs, stopping);
    const { signal } = limit;
    try {
      const daemon = await this.#agent.daemons.get(first.docker, signal);
      await this.#measure(watched, first.docker, daemon, signal);
      this.#tell(watched, group);
      if (await this.#makeRoom(watched, group, daemon, signal)) this.#tell(watched, group);
    } catch (error) {
      // The next look will do; that a daemon doesn't answer is said elsewhere.
      log.debug({ host: first.docker.host, err: error }, `the disk could not be looked at: ${messageOf(error)}`);
    } finally {
      watched.isBusy = false;
    }
  }

  #of(docker: DockerConfig): Watched {
    const key = daemonKey(docker);
    const never = Number.NEGATIVE_INFINITY;
    const known = this.#watched.get(key);
    if (known !== undefined) return known;
    const times = { measuredAt: never, triedAt: never, restsUntil: never };
    const fresh: Watched = { host: "", space: null, ...times, gauge: null, isBusy: false, paused: "" };
    this.#watched.set(key, fresh);
    return fresh;
  }

  #isDue({ host, gauge, triedAt, space }: Watched, group: readonly WatchedEntry[]): boolean {
    if (gauge === null || gauge.isCheap) return true;
    const { clock, usage } = this.#agent;
    const { remoteMs, remoteIdleMs, everyMs } = this.#pace;
    const passed = clock.monotonic() - triedAt;
    if (passed >= remoteIdleMs || (passed >= 2 * everyMs && lackOf(space, group) !== null)) return true;
    return passed >= remoteMs && usage.lastUse(host) > clock.now() - passed;
  }

  async #measure(watched: Watched, docker: DockerConfig, daemon: Daemon, signal: AbortSignal): Promise<void> {
    const { clock, metrics } = this.#agent;
    using limit = new Limit(measureLimitMs, signal);
    const own = limit.signal;
    watched.gauge ??= await diskGauge(daemon, this.#agent.probeOf(docker, daemon), own);
    watched.host = formatDaemonAddress(daemon.address);
    const space = await watched.gauge.measure(own);
    if (space === null) {
      // What was seen before may be long over, and would hold jobs back.
      watched.space = null;
      // The daemon may have another directory by now.
      if (watched.gauge.isCheap) watched.gauge = null;
      return;
    }
    watched.space = space;
    watched.measuredAt = clock.monotonic();
    metrics.diskFree(watched.host, space.freeBytes, space.freeInodes);
  }

  async #makeRoom(
    watched: Watched,
    group: readonly WatchedEntry[],
    daemon: Daemon,
    signal: AbortSignal,
  ): Promise<boolean> {
    const [first] = group;
    if (first === undefined || watched.space === null || lackOf(watched.space, group) === null) return false;
    const { clock } = this.#agent;
    if (clock.monotonic() < watched.restsUntil) return false;
    const keep = {
      configured: group.flatMap(({ docker }) => this.#agent.imagesOf(docker, daemon)),
      patterns: group.flatMap(({ docker }) => docker.keep_images),
    };
    const measure = async () => {
      await this.#measure(watched, first.docker, daemon, signal);
      return watched.space;
    };
    const shortage = (space: DiskSpace) => lackOf(space, group);
    const removed = await makeRoom(this.#agent, daemon, watched.space, { shortage, measure, keep }, signal);
    if (removed === 0) watched.restsUntil = clock.monotonic() + vainMs;
    return removed > 0;
  }

  /** Once when it begins, and once when it is over. */
  #tell(watched: Watched, group: readonly WatchedEntry[]): void {
    const { log } = this.#agent;
    const paused = group.filter((entry) => this.obstacle(entry) !== null);
    const names = paused.map(({ name }) => name).join(", ");
    if (names === watched.paused) return;
    watched.paused = names;
    const [first] = paused;
    const { host } = watched;
    const free = watched.space === null ? "how much is free is not known" : `${spaceInWords(watched.space)} are free`;
    if (first === undefined) {
      log.info({ host }, `Checking for jobs... goes on: ${free}`);
    } else {
      const fix = "free space on the daemon's disk, or give it a larger one; the limit is disk_floor in config.toml";
      log.error(
        { runner: names, fix },
        `Checking for jobs... paused: only ${free} on the disk of ${first.docker.host}`,
      );
    }
  }
}

/** What is missing for the entry that wants most. */
function lackOf(space: DiskSpace | null, group: readonly WatchedEntry[]): Shortage | null {
  if (space === null) return null;
  const lacks = group.flatMap(({ docker }) => shortageOf(space, docker.disk_low_watermark, lowInodes) ?? []);
  return lacks.reduce<Shortage | null>((most, lack) => (most === null || lack.bytes > most.bytes ? lack : most), null);
}
