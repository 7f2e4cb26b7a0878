import { readdir } from "node:fs/promises";
import type { DockerConfig } from "../config/schema.ts";
import { formatDaemonAddress } from "../daemon/address.ts";
import { type Daemon, daemonKey } from "../daemon/daemons.ts";
import { readDaemonClock } from "../docker/daemon-report.ts";
import { listObjects, type ListedObject, removeObjects } from "../docker/sweep.ts";
import { agentLabel } from "../job/labels.ts";
import { messageOf } from "../support/errors.ts";
import { Limit } from "../support/limit.ts";
import { recordBoot } from "./boot-list.ts";
import { selectLeftovers } from "./leftovers.ts";
import { removeStateLeftovers } from "./state-leftovers.ts";
import { type UpkeepContext, waited } from "./upkeep-context.ts";

/** Between two rounds. */
const pauseMs = 300_000;
/** A daemon that takes longer is left until the next round. */
const limitMs = 120_000;

/**
 * Removes what nobody else will: objects of earlier starts of this agent whose jobs have no journal any more, objects of
 * this start whose jobs are long over, and half made files in the state directory. What it may touch `selectLeftovers` says.
 */
export class Reaper {
  readonly #agent: UpkeepContext;
  readonly #earlierBoots: ReadonlySet<string>;
  readonly #startedAt: number;
  readonly #seen: Set<string>;
  /** What could not be removed, by daemon: said once, not at every round. */
  readonly #problems = new Map<string, string>();

  private constructor(agent: UpkeepContext, earlierBoots: ReadonlySet<string>, journaled: Iterable<string>) {
    this.#agent = agent;
    this.#earlierBoots = earlierBoots;
    this.#startedAt = agent.clock.monotonic();
    this.#seen = new Set(journaled);
  }

  /** Before this start of the agent makes anything, and before it ends what is left of earlier ones. */
  static async open(agent: UpkeepContext): Promise<Reaper> {
    const { state, log } = agent;
    try {
      return new Reaper(agent, await recordBoot(state.path, state.boot), await journaledJobs(state.jobsPath));
    } catch (error) {
      // A full disk, say. What this start leaves behind will be nobody's, what earlier ones left stays for the next start.
      log.warn({ err: error }, `this start of the agent could not be written down: ${messageOf(error)}`);
      return new Reaper(agent, new Set(), []);
    }
  }

  /** At once and every few minutes until the agent ends. @param dockers [runners.docker] of all entries at the time */
  async run(dockers: () => readonly DockerConfig[]): Promise<void> {
    do await this.round(dockers());
    while (await waited(this.#agent, pauseMs));
  }

  /** Looks at each daemon once, side by side. */
  async round(dockers: readonly DockerConfig[]): Promise<void> {
    const { state, clock, log, metrics } = this.#agent;
    const files = await removeStateLeftovers(state.path, clock.now()).catch(() => 0);
    if (files > 0) {
      metrics.reaped("file", files);
      log.info(`removed ${files} half made files of earlier runs from the state directory`);
    }
    const daemons = new Map(dockers.map((docker) => [daemonKey(docker), docker]));
    await Promise.all([...daemons.values()].map((docker) => this.#sweep(docker)));
  }

  async #sweep(docker: DockerConfig): Promise<void> {
    const { daemons, log, stopping } = this.#agent;
    using limit = new Limit(limitMs, stopping);
    try {
      await this.#reap(await daemons.get(docker, limit.signal), limit.signal);
    } catch (error) {
      // The next round will do; that a daemon doesn't answer is said elsewhere.
      log.debug({ host: docker.host, err: error }, `leftovers could not be looked for: ${messageOf(error)}`);
    }
  }

  async #reap({ engine, address }: Daemon, signal: AbortSignal): Promise<void> {
    const { agentId, state, clock, log, metrics } = this.#agent;
    const host = formatDaemonAddress(address);
    const [objects, told] = await Promise.all([
      listObjects(engine, [`${agentLabel}=${agentId}`], signal),
      readDaemonClock(engine, signal),
    ]);
    // After the objects: a job has its journal before it makes anything.
    const journaled = await journaledJobs(state.jobsPath);
    for (const job of journaled) this.#seen.add(job);
    const now = Number.isNaN(told) ? clock.now() : told;
    const left = selectLeftovers(objects, {
      agentId,
      boot: state.boot,
      earlierBoots: this.#earlierBoots,
      journaled,
      seen: this.#seen,
      startedAt: now - (clock.monotonic() - this.#startedAt),
      now,
    });
    if (left.length === 0) return;
    const problems = await removeObjects(engine, left, signal);
    const removed = left.filter(({ kind, id }) => !problems.some((problem) => problem.startsWith(`${kind} ${id}:`)));
    const counts = Map.groupBy(removed, ({ kind }) => kind);
    for (const [kind, { length }] of counts) metrics.reaped(kind, length);
    const count = (kind: ListedObject["kind"]) => counts.get(kind)?.length ?? 0;
    const sum = `${count("container")} containers, ${count("network")} networks, ${count("volume")} volumes`;
    if (removed.length > 0) log.info({ host }, `removed what jobs that are over left on the daemon: ${sum}`);
    this.#tell(host, problems);
  }

  #tell(host: string, problems: readonly string[]): void {
    const text = problems.toSorted().join("; ");
    if (text !== "" && text !== this.#problems.get(host))
      this.#agent.log.warn({ host }, `what jobs that are over left on the daemon can't be removed: ${text}`);
    this.#problems.set(host, text);
  }
}

/** By the names of their journals, those included that can't be read. */
async function journaledJobs(jobsPath: string): Promise<ReadonlySet<string>> {
  const names = await readdir(jobsPath);
  return new Set(names.flatMap((name) => /^(\d+)-/.exec(name)?.[1] ?? []));
}
