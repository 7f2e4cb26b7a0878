import { compareLines, type LineFaults } from "./compare-lines.ts";
import type { LedgerEntry } from "./ledger.ts";
import { readLog } from "./read-log.ts";

export type Outcome =
  | "as expected"
  /** The agent could not go on with it, and said so. */
  | "system failure"
  /** The answer that handed it out was lost, so no runner ever said that it has it. */
  | "not taken"
  | "wrong state"
  | "no final state";

export interface Verdict {
  readonly outcome: Outcome;
  readonly faults: LineFaults;
  /** Of a system failure: the last stage that its log names, and the message. */
  readonly stage: string;
  readonly message: string;
  /** What is wrong, in words; empty when nothing is. */
  readonly problems: readonly string[];
}

/**
 * Whether a job came to what its script says, and its log to what it printed. Pure.
 *
 * @param finalWords what the agent said about the job's end; repeating itself is right, changing its mind is not
 * @param secrets values that no log may show
 */
export function judgeJob(
  { chaos, handle, counts: { finals, assigned } }: LedgerEntry,
  raw: string,
  finalWords: readonly string[],
  secrets: readonly string[],
): Verdict {
  const outcome = outcomeOf({ chaos, handle });
  const printed = readLog(raw);
  const isWhole = outcome === "as expected" && handle.state !== "canceled";
  const faults = compareLines(chaos.expected, printed, isWhole);
  const state = `${handle.state} ${handle.failureReason} ${handle.exitCode}`;
  const problems = [...faults.notes];
  if (outcome === "wrong state") problems.push(`ended as ${state}, not as ${chaos.state} ${chaos.exitCode}`);
  if (outcome === "no final state") problems.push(`never ended: ${state}`);
  if (assigned !== 1) problems.push(`handed out ${assigned} times`);
  if (handle.finished && finals !== 1) problems.push(`${finals} final states were accepted`);
  if (finalWords.length > 1) problems.push(`the agent said different ends: ${finalWords.join(" / ")}`);
  const shown = secrets.filter((secret) => raw.includes(secret)).length;
  if (shown > 0) problems.push(`${shown} masked values are in the log`);
  if (isWhole && chaos.artifacts === "makes" && !handle.artifacts.some(({ type }) => type === "archive"))
    problems.push("its artifacts are not at the coordinator");
  const message = /ERROR: (.+)/.exec(raw.slice(raw.lastIndexOf("ERROR: ")))?.[1] ?? "";
  return { outcome, faults, stage: printed.lastStage, message: plain(message), problems };
}

function outcomeOf({ chaos, handle }: Pick<LedgerEntry, "chaos" | "handle">): Outcome {
  if (!handle.finished) return "no final state";
  // A job that no runner took can be ended by the coordinator alone.
  if (handle.state === "canceled" && !chaos.cancel) return "not taken";
  if (handle.state === "failed" && handle.failureReason === "runner_system_failure") return "system failure";
  if (handle.state !== chaos.state) return "wrong state";
  if (chaos.state !== "failed") return "as expected";
  return handle.failureReason === "script_failure" && handle.exitCode === chaos.exitCode
    ? "as expected"
    : "wrong state";
}

function plain(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replaceAll(/\u001B\[[0-9;]*[A-Za-z]/g, "").trim();
}
