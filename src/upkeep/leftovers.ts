import type { ListedObject } from "../docker/sweep.ts";
import { agentLabel, bootLabel, jobLabel } from "../job/labels.ts";
import { isOurContainerName } from "../job/names.ts";

/** Boot labels of what `longshore doctor` makes start with it; an agent's are hexadecimal. */
export const doctorBoots = "doctor-";
/** By then a doctor is over, and has removed what it made unless it was killed. Milliseconds. */
const doctorLifeMs = 300_000;

/** @param made all that it made */
export function isDoctorOver(made: readonly ListedObject[], now: number): boolean {
  return made.every(({ createdAt }) => now - createdAt > doctorLifeMs);
}

/** Job and object belong together by then, and what the job removes by itself is gone. Milliseconds. */
const ownAgeMs = 600_000;
/** A daemon may finish what a dying agent asked it for. Milliseconds. */
const lastWorkMs = 600_000;

/** What tells what is left from what is used. Times are milliseconds by the daemon's clock. */
export interface ReaperFacts {
  readonly agentId: string;
  /** This start of the agent. */
  readonly boot: string;
  /** Earlier starts that this agent's state directory knows, all of them over. */
  readonly earlierBoots: ReadonlySet<string>;
  /** Numbers of the jobs that have a journal now: they run, are adopted, or are being removed. */
  readonly journaled: ReadonlySet<string>;
  /** Those that had one at any time since the start. */
  readonly seen: ReadonlySet<string>;
  readonly startedAt: number;
  readonly now: number;
}

/**
 * What of these objects nobody will use or remove any more: of an earlier start of this very agent, or of this start
 * when its job is long over. Nothing without our labels, of another agent, of a start that this state directory doesn't
 * know, of a job with a journal, and no volume that is kept for the next job. A start that still makes things, though
 * it should be over, lives: the state directory was copied from where it runs.
 */
export function selectLeftovers(objects: readonly ListedObject[], facts: ReaperFacts): ListedObject[] {
  const own = objects.filter((object) => object.labels[agentLabel] === facts.agentId && isOurs(object));
  const byBoot = Map.groupBy(own, ({ labels }) => labels[bootLabel] ?? "");
  return [...byBoot].flatMap(([boot, made]) =>
    isOver(boot, made, facts) ? made.filter((object) => isLeft(object, boot, facts)) : [],
  );
}

/** A container of an image that somebody made of a job's container has our labels, too. */
export function isOurs({ kind, name }: ListedObject): boolean {
  return kind !== "container" || isOurContainerName(name);
}

function isOver(boot: string, made: readonly ListedObject[], facts: ReaperFacts): boolean {
  const { earlierBoots, seen, startedAt, now } = facts;
  if (boot === facts.boot) return true;
  if (boot.startsWith(doctorBoots)) return isDoctorOver(made, now);
  if (!earlierBoots.has(boot)) return false;
  const isForeign = ({ labels }: ListedObject) => !seen.has(labels[jobLabel] ?? "");
  // What runs may be at work for the agent that the state directory was copied from: that one gets time to show itself.
  if (now <= startedAt + lastWorkMs && made.some((object) => object.isRunning && isForeign(object))) return false;
  // Of a job that this start has adopted it is we who go on making things.
  return !made.some((object) => isForeign(object) && object.createdAt > startedAt + lastWorkMs);
}

function isLeft({ labels, isKept, createdAt }: ListedObject, boot: string, facts: ReaperFacts): boolean {
  if (isKept || facts.journaled.has(labels[jobLabel] ?? "")) return false;
  return boot !== facts.boot || facts.now - createdAt > ownAgeMs;
}
