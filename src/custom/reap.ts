import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { listObjects, removeObjects, sweepComposeProject } from "../docker/sweep.ts";
import { agentLabel, bootLabel } from "../job/labels.ts";
import { LockFile } from "../journal/lock-file.ts";
import type { Clock } from "../support/clock.ts";
import { AgentError, messageOf } from "../support/errors.ts";
import { processWorld } from "./caller-life.ts";
import { engineOf } from "./job-engine.ts";
import { Session, type SessionFacts } from "./session.ts";
import { isOver } from "./session-life.ts";

/** A daemon finishes what a process that died has asked it for. */
const lateMs = 1_000;
const mostRounds = 20;
/** After a job's time, for whoever is on its daemon. */
const forgottenMs = 7 * 24 * 3_600_000;

/**
 * Removes all that was made for a job, found by its labels, and what is kept about it when nothing is left. Volumes
 * that are kept for the slot stay. Returns what could not be removed, one line each.
 *
 * @param isCut the call that made it may have died in the midst of that
 */
export async function removeSession(
  session: Session,
  clock: Clock,
  isCut: boolean,
  signal: AbortSignal,
): Promise<string[]> {
  const { facts } = session;
  const engine = await engineOf(facts);
  const labels = [`${agentLabel}=${facts.agentId}`, `${bootLabel}=${facts.boot}`];
  let problems: string[] = [];
  // What was being made when the call died is there a moment later: nothing has to be seen twice.
  let emptyRounds = isCut ? 0 : 1;
  for (let round = 0; round < mostRounds; round++) {
    const left = (await listObjects(engine, labels, signal)).filter(({ isKept }) => !isKept);
    problems = await removeObjects(engine, left, signal);
    emptyRounds = left.length === 0 ? emptyRounds + 1 : isCut ? 0 : 1;
    if (emptyRounds === 2) break;
    if (problems.length > 0 || isCut) await clock.sleep(lateMs, signal);
  }
  if (facts.composeProject !== "") problems.push(...(await sweepComposeProject(engine, facts.composeProject, signal)));
  if (problems.length === 0) await session.remove();
  return problems;
}

/**
 * Removes jobs on the same daemon whose runner will not call again: those of one that was killed. Returns what could
 * not be removed, one line each.
 */
export async function reapOthers(
  sessionsPath: string,
  own: Session,
  clock: Clock,
  signal: AbortSignal,
): Promise<string[]> {
  await Session.removeDrafts(sessionsPath, clock.now());
  const world = await processWorld();
  const said: string[] = [];
  for (const session of await Session.list(sessionsPath)) {
    if (session.path === own.path) continue;
    const isNear = isOnDaemonOf(session.facts, own.facts);
    if (!isNear && clock.now() < session.facts.deadline + forgottenMs) continue;
    if (!(await isOver(session.facts, world, clock.now()))) continue;
    const { jobId } = session.facts;
    try {
      await using held = new AsyncDisposableStack();
      const lock = await lockSession(session);
      held.defer(() => lock.release());
      // Its daemon is no more, or nobody's: its secrets must not stay for ever.
      if (!isNear) {
        await session.remove();
        continue;
      }
      const problems = await removeSession(session, clock, session.facts.state === "preparing", signal);
      if (problems.length > 0) said.push(`job ${jobId} of a runner that has ended left: ${problems.join("; ")}`);
    } catch (error) {
      // Out of time: the next job's turn.
      if (signal.aborted) return said;
      // Somebody else is at it, or was faster.
      if (error instanceof AgentError && error.code === "STATE_LOCKED") continue;
      if (!(await session.exists())) continue;
      said.push(`what job ${jobId} of a runner that has ended left can't be removed: ${messageOf(error)}`);
    }
  }
  return said;
}

/**
 * Another daemon may not answer, which is no business of this job's; and at the same address on another machine there is
 * another daemon, where nothing of the job is to be found, so that what is kept about it would go and nothing else.
 */
function isOnDaemonOf(one: SessionFacts, other: SessionFacts): boolean {
  return isDeepStrictEqual(one.docker, other.docker) && one.daemonId === other.daemonId;
}

/** For who makes or removes what belongs to the job. @throws AgentError STATE_LOCKED */
export function lockSession(session: Session): Promise<LockFile> {
  return LockFile.acquire(join(session.path, "lock"), `job ${session.facts.jobId}`);
}
