import type { Engine } from "../docker/engine.ts";
import { listObjects, type ListedObject } from "../docker/sweep.ts";
import { agentLabel, bootLabel } from "../job/labels.ts";
import { doctorBoots, isDoctorOver, isOurs } from "../upkeep/leftovers.ts";

export interface Leftovers {
  readonly count: number;
  readonly containers: number;
  readonly networks: number;
  readonly volumes: number;
  /** The runs that made them. */
  readonly boots: ReadonlySet<string>;
}

/** What tells runs that are over from those that go on. */
export interface KnownRuns {
  /** Goes on, or is being removed just now. */
  readonly isAlive: (boot: string) => boolean;
  /** Is over: the agent's own state says so. */
  readonly isOver: (boot: string) => boolean;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/**
 * What an agent has made on a daemon and nobody will remove, but for volumes that are kept for the next job. Two agents
 * with one configuration path in two containers carry the same id: a run that nobody knows here is alive as long as one
 * of its containers runs.
 */
export async function findLeftovers(
  engine: Engine,
  agentId: string,
  runs: KnownRuns,
  signal: AbortSignal,
): Promise<Leftovers> {
  const objects = await listObjects(engine, [`${agentLabel}=${agentId}`], signal);
  const ofAgent = objects.filter(
    (object) => isOurs(object) && object.labels[bootLabel] !== undefined && !object.isKept,
  );
  const byBoot = Map.groupBy(ofAgent, ({ labels }) => labels[bootLabel] ?? "");
  const left = [...byBoot].filter(([boot, made]) => isLeft(boot, made, runs));
  const all = left.flatMap(([, made]) => made);
  const count = (kind: ListedObject["kind"]) => all.filter((object) => object.kind === kind).length;
  return {
    count: all.length,
    containers: count("container"),
    networks: count("network"),
    volumes: count("volume"),
    boots: new Set(left.map(([boot]) => boot)),
  };
}

function isLeft(boot: string, made: readonly ListedObject[], { isAlive, isOver, now }: KnownRuns): boolean {
  if (isAlive(boot)) return false;
  if (boot.startsWith(doctorBoots)) return isDoctorOver(made, now);
  return isOver(boot) || !made.some(({ isRunning }) => isRunning);
}
