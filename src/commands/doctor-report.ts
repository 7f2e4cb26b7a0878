import { styleText } from "node:util";
import { type CheckResult, fail, type Outcome, pass, type Verdict, warn } from "../doctor/check.ts";
import type { Examination } from "../doctor/doctor.ts";
import type { AgentError } from "../support/errors.ts";
import { labelOf } from "./entry-selection.ts";

export interface DoctorReport extends Examination {
  /** Path of config.toml. */
  readonly config: string;
  readonly configuration: readonly CheckResult[];
  /** What was made for the checks and could not be removed. */
  readonly left: readonly string[];
  readonly seconds: number;
}

/** How loading config.toml went: an error, or its warnings. */
export function configurationResult(
  loaded: AgentError | { readonly warnings: readonly string[]; readonly runners: number },
): CheckResult[] {
  const outcomes: Outcome[] =
    loaded instanceof Error
      ? [fail(loaded.message, `${loaded.hint} [${loaded.code}]`)]
      : loaded.warnings.length > 0
        ? loaded.warnings.map((text) => warn(text, "correct or remove that line"))
        : loaded.runners === 0
          ? [warn("it has no [[runners]] entry", "longshore register")]
          : [pass(`it is valid and has ${loaded.runners} ${loaded.runners === 1 ? "runner" : "runners"}`)];
  return outcomes.map((outcome) => ({ name: "configuration", ...outcome, seconds: 0 }));
}

const verdicts: readonly Verdict[] = ["pass", "warn", "fail", "skip"];

/** The report for programs; docs/doctor.md describes it. */
export function doctorJson(report: DoctorReport) {
  const machine = [...report.configuration, ...report.machine];
  const all = [...machine, ...report.entries.flatMap(({ checks }) => checks)];
  const count = (verdict: Verdict) => all.filter((check) => check.verdict === verdict).length;
  return {
    version: 1,
    config: report.config,
    ok: count("fail") === 0 && report.left.length === 0,
    seconds: rounded(report.seconds),
    left: report.left,
    counts: Object.fromEntries(verdicts.map((verdict) => [verdict, count(verdict)])),
    checks: machine.map(checkJson),
    runners: report.entries.map(({ runner, checks }) => ({
      name: runner.name,
      index: runner.index,
      url: runner.url,
      checks: checks.map(checkJson),
    })),
  };
}

const checkJson = ({ name, verdict, finding, fix, seconds }: CheckResult) => ({
  name,
  verdict,
  finding,
  fix,
  seconds: rounded(seconds),
});

const rounded = (seconds: number): number => Math.round(seconds * 100) / 100;

const marks = {
  pass: styleText("green", "✓"),
  warn: styleText("yellow", "!"),
  fail: styleText("red", "✗"),
  skip: styleText("gray", "-"),
} as const;

/** The report for people. */
export function doctorLines(report: DoctorReport): string[] {
  const { counts, seconds } = doctorJson(report);
  const words = {
    pass: "passed",
    warn: counts["warn"] === 1 ? "warning" : "warnings",
    fail: "failed",
    skip: "left out",
  };
  const summary = verdicts
    .filter((verdict) => counts[verdict] !== 0)
    .map((verdict) => `${counts[verdict]} ${words[verdict]}`);
  return [
    report.config,
    ...checkLines([...report.configuration, ...report.machine]),
    ...report.entries.flatMap(({ runner, checks }) => ["", `runner ${labelOf(runner)}`, ...checkLines(checks)]),
    ...(report.left.length > 0 ? ["", "what was made for this could not all be removed:"] : []),
    ...report.left.map((text) => `  ${marks.fail} ${text}`),
    "",
    `${summary.join(", ")} (${seconds.toFixed(1)} s)`,
  ];
}

function checkLines(checks: readonly CheckResult[]): string[] {
  const width = Math.max(0, ...checks.map(({ name }) => name.length));
  const indent = " ".repeat(width + 6);
  return checks.flatMap(({ name, verdict, finding, fix }) => [
    `  ${marks[verdict]} ${name.padEnd(width)}  ${finding.replaceAll("\n", `\n${indent}`)}`,
    ...(fix === "" ? [] : [`${indent}fix: ${fix}`]),
  ]);
}
