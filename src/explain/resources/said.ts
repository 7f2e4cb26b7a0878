import type { Evidence } from "../evidence.ts";
import { echoedCommands, lastMatch, lastOutput } from "../lines.ts";
import { failedForDaemon } from "../reaching/client-words.ts";

/** Words that the rules look for, and who heard them. */
export interface Said {
  readonly match: RegExpExecArray;
  /** "runner": while it prepared the job, before any script. */
  readonly by: "script" | "runner";
  /** The line with the words, for `seen`. */
  readonly line: string;
}

const linesOfDocker = 60;
const linesOfOthers = 6;
const longestLead = 60;
/** What runners of tests write before a line of theirs. */
const inReport = /^\s*(?:[|]|E {2}|FAILED\b|FAIL:|not ok\b|[✕✗×●]|\d+\))\s?/;

/**
 * What a daemon refused, as the command that ended the script printed it, or as the preparation failed with it. A
 * command may live with a refusal (`docker pull CACHE || docker build .`): what isn't plainly docker's own command must
 * have it among its last lines.
 */
export function refused(evidence: Evidence, pattern: RegExp): Said | null {
  const commands = echoedCommands(evidence.output);
  const isDocker =
    /^(?:time )?docker(?:-compose)? /.test(commands.at(-1) ?? "") && !/\|\||;/.test(commands.at(-1) ?? "");
  return find(evidence, pattern, (lines) =>
    lines.slice(isDocker ? -linesOfDocker : -linesOfOthers).filter((line) => !inReport.test(line)),
  );
}

/** The same for what programs say of a limit they met: wherever the last command printed it. */
export function complained(evidence: Evidence, pattern: RegExp): Said | null {
  return find(evidence, pattern, (lines) => lines);
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

function find(
  { failure, output }: Evidence,
  pattern: RegExp,
  choose: (lines: readonly string[]) => readonly string[],
): Said | null {
  if (failure === null) return null;
  if (failure.exitCode === null) {
    const match = pattern.exec(failure.message);
    return match === null ? null : { match, by: "runner", line: lineOf(match) };
  }
  const match = lastMatch(choose(lastOutput(output)), pattern);
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
