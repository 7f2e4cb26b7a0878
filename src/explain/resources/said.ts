import type { Evidence } from "../evidence.ts";
import { type LastCommand, lastCommand } from "../last-command.ts";
import { lastMatch } from "../lines.ts";
import { failedForDaemon } from "../reaching/client-words.ts";
import { hasFailedTests, withoutTestReports } from "./test-reports.ts";

/** Words that the rules look for, and who heard them. */
export interface Said {
  readonly match: RegExpExecArray;
  /** "runner": while it prepared the job, before any script. */
  readonly by: "script" | "runner";
  /** The line with the words, for `seen`. */
  readonly line: string;
}

/** Whose words a line has to be; `isDockers` is true where docker, the daemon or the runner said it for certain. */
export type Speaker = (line: string, isDockers: boolean) => boolean;

const linesOfDocker = 60;
const linesOfPrograms = 3;
const linesOfTests = 20;
const longestLead = 60;

/** What docker and Compose say themselves while they show what containers print. */
const dockersOwn =
  /^(?:docker: |Error response from daemon: |ERROR: for |(?:ERROR: |target \S{1,100}: )?failed to solve: |failed to create network | (?:Container|Network|Volume|Image) \S{1,200} +Error\b| \S{1,200} Error )/;
/** What a RUN of a Dockerfile printed, as buildkit shows it at once and again below the error. */
const ofRun = /^(?:#\d+ )?\d+\.\d{2,3} /;
const runFailed = /did not complete successfully: exit code: |' returned a non-zero code: /;
/** Another machine's words, or a cluster's. */
const ofOthers =
  /\bkubelet\b|ErrImagePull|ImagePullBackOff|Back-off pulling|\[receiver\]|^scp: |^fatal: \[[^\]]{1,100}\]: |Exception while executing on host/;
/** What a container of a Compose project printed. */
const ofContainer = /^[\w.-]{1,100}\s+\| /;
/** Whoever says so has not ended with what stands before. */
const wentOn = /\b(?:retrying|reusing|using the|ignored)\b|(?<![\w:/-])cached(?![\w:/-])|Downloaded newer image/i;
/** Docker's commands for images, in a line of several commands. */
const withImages = /\bdocker (?:(?:image|compose|buildx) )?(?:push|pull|login|build)\b/;

/**
 * What a daemon refused, as the command that ended the script printed it, or as the preparation failed with it. A
 * program may live with a refusal: it must be among its last words.
 */
export function refused(evidence: Evidence, pattern: RegExp, isSpeaker: Speaker = () => true): Said | null {
  const { failure, output } = evidence;
  if (failure === null) return null;
  if (failure.exitCode === null) {
    const match = isSpeaker(failure.message, true) ? pattern.exec(failure.message) : null;
    return match === null ? null : { match, by: "runner", line: lineOf(match) };
  }
  const last = lastCommand(output);
  const isDockers = last.kind !== "program" || withImages.test(last.command);
  const lines = refusals(last).filter((line) => isSpeaker(line, isDockers));
  return asSaid(lastMatch(lines, pattern));
}

/** Lines with which a daemon, or docker for it, may have ended the last command. */
function refusals({ kind, printed }: LastCommand): readonly string[] {
  const end = printed.slice(kind === "program" ? -linesOfPrograms : -linesOfDocker);
  if (kind === "elsewhere" || end.slice(-linesOfPrograms).some((line) => runFailed.test(line))) return [];
  const own = withoutTestReports(end).filter((line) => !ofRun.test(line) && !ofOthers.test(line));
  if (kind === "inside") return own.filter((line) => dockersOwn.test(line));
  if (kind === "docker") return own;
  if (hasFailedTests(printed.slice(-linesOfTests))) return [];
  const begin = end.findLastIndex((line) => wentOn.test(line)) + 1;
  return own.filter((line) => end.lastIndexOf(line) >= begin);
}

/**
 * What programs say of a limit they met: wherever the last command printed it. What they say in containers that the job
 * started is left out, unless asked for: those have limits of their own.
 */
export function complained(evidence: Evidence, pattern: RegExp, inContainers = false): Said | null {
  const { failure, output } = evidence;
  if (failure === null || failure.exitCode === null) return null;
  const { kind, printed } = lastCommand(output);
  if (kind === "elsewhere" || (kind === "inside" && !inContainers)) return null;
  const lines = withoutTestReports(printed).filter(
    (line) => !ofOthers.test(line) && (inContainers || !ofContainer.test(line)),
  );
  return asSaid(lastMatch(lines, pattern));
}

/** The last words of the job's own Docker daemons that ended, in a job that failed for want of one. */
export function deadDaemonSaid(evidence: Evidence, pattern: RegExp): string | null {
  if (!failedForDaemon(evidence)) return null;
  for (const { isDaemon, state, log } of evidence.services) {
    if (!isDaemon || state?.running === true) continue;
    const match = lastMatch(log, pattern);
    if (match !== null) return lineOf(match);
  }
  return null;
}

function asSaid(match: RegExpExecArray | null): Said | null {
  return match === null ? null : { match, by: "script", line: lineOf(match) };
}

/** The line around a match, cut at its beginning where the words would otherwise come late. */
function lineOf({ input, index }: RegExpExecArray): string {
  const begin = input.lastIndexOf("\n", index) + 1;
  const end = input.indexOf("\n", index);
  const line = input.slice(begin, end === -1 ? undefined : end).trim();
  const lead = index - begin;
  return line.length > 200 && lead > longestLead ? `…${line.slice(lead - longestLead)}` : line;
}
