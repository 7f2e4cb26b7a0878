import type { ChaosResult } from "./run-chaos.ts";
import type { Outcome } from "./verdict.ts";

export interface ChaosSums {
  readonly lost: number;
  readonly doubled: number;
  readonly left: number;
  /** All else that is wrong: states, order, secrets, the agent's own end. */
  readonly wrong: number;
  readonly systemFailures: number;
}

/** Pure. */
export function sumsOf({ jobs, left, problems }: ChaosResult): ChaosSums {
  const sum = (count: (job: ChaosResult["jobs"][number]) => number) => jobs.reduce((all, job) => all + count(job), 0);
  const unended = (outcome: Outcome) => outcome === "no final state";
  return {
    // A job without an end is lost, whatever its log has.
    lost: sum(({ verdict }) => verdict.faults.lost + (unended(verdict.outcome) ? 1 : 0)),
    doubled: sum(({ verdict }) => verdict.faults.doubled),
    left: left.length,
    wrong:
      problems.length +
      sum(({ verdict: { problems: wrong, faults, outcome } }) =>
        wrong.length > 0 && faults.lost + faults.doubled === 0 && !unended(outcome) ? 1 : 0,
      ),
    systemFailures: sum(({ verdict }) => (verdict.outcome === "system failure" ? 1 : 0)),
  };
}

/** For the terminal. Pure. */
export function summaryOf(result: ChaosResult): string {
  const { jobs, done, left, problems, seed, seconds, directory } = result;
  const sums = sumsOf(result);
  const lines: string[] = [];
  const kinds = counted(jobs, ({ entry }) => entry.chaos.kind.replace(/^retried /, ""));
  lines.push(`${"jobs".padEnd(18)}${outcomes.map((outcome) => outcome.padStart(16)).join("")}`);
  for (const [kind, ofKind] of kinds) {
    const cells = outcomes.map((outcome) => ofKind.filter(({ verdict }) => verdict.outcome === outcome).length);
    lines.push(`${kind.padEnd(18)}${cells.map((cell) => String(cell).padStart(16)).join("")}`);
  }
  lines.push("", ...Object.entries(done).map(([what, times]) => `${String(times).padStart(6)}  ${what}`));
  const failures = jobs.filter(({ verdict }) => verdict.outcome === "system failure");
  if (failures.length > 0) lines.push("", `${failures.length} system failures, by stage and message:`);
  for (const [what, ofThem] of counted(failures, ({ verdict }) => `${verdict.stage}: ${verdict.message}`))
    lines.push(
      `${String(ofThem.length).padStart(6)}  ${what} (job ${ofThem.map(({ entry }) => entry.handle.id).join(", ")})`,
    );
  for (const { entry, verdict } of jobs)
    for (const problem of verdict.problems)
      lines.push(`WRONG  job ${entry.handle.id} (${entry.chaos.kind}): ${problem}`);
  for (const problem of problems) lines.push(`WRONG  ${problem}`);
  for (const object of left) lines.push(`LEFT   ${object}`);
  lines.push(
    "",
    `seed ${seed}, ${Math.round(seconds)} s: ${jobs.length} jobs, ${done["agent killed"] ?? 0} agent kills; ` +
      `${sums.lost} lost, ${sums.doubled} doubled, ${sums.left} left, ${sums.wrong} wrong otherwise, ` +
      `${sums.systemFailures} system failures`,
  );
  if (directory !== null) lines.push(`logs and journals are in ${directory}`);
  return lines.join("\n");
}

const outcomes: readonly Outcome[] = ["as expected", "system failure", "not taken", "wrong state", "no final state"];

function counted<T>(list: readonly T[], key: (entry: T) => string): [string, readonly T[]][] {
  return [...Map.groupBy(list, key)].toSorted(([one], [other]) => one.localeCompare(other));
}
