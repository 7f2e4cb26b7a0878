import { expect, test } from "vitest";
import { jobSettings } from "../../../src/job/plan-settings.ts";
import { internal, Variables } from "../../../src/job/variables.ts";

const settings = (values: Readonly<Record<string, string>>, timeoutSeconds = 3600) =>
  jobSettings(new Variables(Object.entries(values).map(([key, value]) => internal(key, value))), timeoutSeconds);

// Go's ParseDuration.
test.each([
  ["5s", 5],
  ["1h15m30.918s", 4530.918],
  ["1.5h", 5400],
  [".5m", 30],
  ["2.m", 120],
  ["+90s", 90],
  ["1500ms", 1.5],
  ["10µs", 0.00001],
  ["10μs", 0.00001],
  ["1m1m", 120],
])("RUNNER_SCRIPT_TIMEOUT %j is %d seconds", (text, seconds) => {
  const { scriptTimeoutSeconds, warnings } = settings({ RUNNER_SCRIPT_TIMEOUT: text }, 10_000);
  expect(scriptTimeoutSeconds).toBeCloseTo(seconds, 9);
  expect(warnings).toEqual([]);
});

test.each(["5", "five", "1d", "1h 30m", "h", "-", "+", ".s", "1.2.3s", "00"])(
  "%j is no limit, and is warned of",
  (text) => {
    const { scriptTimeoutSeconds, warnings } = settings({ RUNNER_SCRIPT_TIMEOUT: text });
    expect(scriptTimeoutSeconds).toBeNull();
    expect(warnings).toEqual([`Ignoring malformed RUNNER_SCRIPT_TIMEOUT timeout: ${text}`]);
  },
);

test("a negative limit is none, and is warned of", () => {
  const { scriptTimeoutSeconds, warnings } = settings({ RUNNER_SCRIPT_TIMEOUT: "-5m" });
  expect([scriptTimeoutSeconds, warnings]).toEqual([null, ["Ignoring relative RUNNER_SCRIPT_TIMEOUT timeout: -5m"]]);
});

test.each(["", "  ", "0", "0s", "0h0m"])("%j stands for the default", (text) => {
  const result = settings({ RUNNER_SCRIPT_TIMEOUT: text, RUNNER_AFTER_SCRIPT_TIMEOUT: text });
  expect([result.scriptTimeoutSeconds, result.afterScriptTimeoutSeconds, result.warnings]).toEqual([null, 300, []]);
});

test("no limit goes beyond the job's own", () => {
  const { scriptTimeoutSeconds, afterScriptTimeoutSeconds, warnings } = settings({ RUNNER_SCRIPT_TIMEOUT: "2h" }, 120);
  expect([scriptTimeoutSeconds, afterScriptTimeoutSeconds]).toEqual([120, 120]);
  expect(warnings).toHaveLength(1);
});

test.each([
  ["", 1, 0],
  ["1", 1, 0],
  ["10", 10, 0],
  ["+3", 3, 0],
  ["0", 1, 1],
  ["-2", 1, 1],
  ["11", 10, 1],
  ["2.5", 1, 1],
  ["many", 1, 1],
])("GET_SOURCES_ATTEMPTS %j means %d, with %d warnings", (text, attempts, warnings) => {
  const result = settings({ GET_SOURCES_ATTEMPTS: text });
  expect([result.attempts.getSources, result.warnings.length]).toEqual([attempts, warnings]);
});

test.each([
  ["", true, 0],
  ["true", true, 0],
  ["0", false, 0],
  ["False", false, 0],
  ["no", true, 1],
])("AFTER_SCRIPT_IGNORE_ERRORS %j means %j, with %d warnings", (text, ignored, warnings) => {
  const result = settings({ AFTER_SCRIPT_IGNORE_ERRORS: text });
  expect([result.afterScriptIgnoreErrors, result.warnings.length]).toEqual([ignored, warnings]);
});

test("a limit of very many digits costs no time", () => {
  expect(settings({ RUNNER_SCRIPT_TIMEOUT: "0".repeat(200_000) }).scriptTimeoutSeconds).toBeNull();
});

test.each([
  ["", 0],
  ["true", 0],
  ["0", 0],
  ["please", 1],
])("CI_DEBUG_TRACE %j brings %d warnings", (text, warnings) => {
  expect(settings({ CI_DEBUG_TRACE: text }).warnings).toHaveLength(warnings);
});

test("EXECUTOR_JOB_SECTION_ATTEMPTS is one number from 1 to 10 of several", () => {
  const of = (text: string) => settings({ EXECUTOR_JOB_SECTION_ATTEMPTS: text });
  expect(["", "1", "10", "11", "-3"].map((text) => of(text).attempts.jobSection)).toEqual([1, 1, 10, 10, 1]);
  expect([of("10").warnings.length, of("11").warnings.length]).toEqual([0, 1]);
});
