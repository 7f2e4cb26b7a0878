import { describe, expect, test } from "vitest";
import type { FailureReason } from "../../../src/job/failure-reason.ts";
import { closingLine, finalUpdate, type JobOutcome } from "../../../src/job/outcome.ts";

const failed = (reason: FailureReason, exitCode = 0): JobOutcome => ({
  state: "failed",
  reason,
  exitCode,
  message: "it broke",
  hint: "",
});

describe("the last line of the log", () => {
  test("of a job that went well", () => {
    expect(closingLine({ state: "success" })).toBe("Job succeeded");
  });

  test.each([
    "script_failure",
    "job_execution_timeout",
    "image_pull_failure",
    "runner_configuration_error",
    "runner_external_dependency_failure",
    "runner_interrupted",
    "job_canceled",
    "unknown_failure",
  ] as const)("of %s does not speak of the system", (reason) => {
    expect(closingLine(failed(reason))).toBe("Job failed: it broke");
  });

  test("of a fault of the runner's own does", () => {
    expect(closingLine(failed("runner_system_failure"))).toBe("Job failed (system failure): it broke");
  });
});

describe("the final update", () => {
  test("of a success has no reason and no exit code", () => {
    expect(finalUpdate({ state: "success" }, [])).toEqual({ state: "success", failureReason: "", exitCode: 0 });
  });

  test("carries the script's exit code, and the reason as this coordinator knows it", () => {
    expect(finalUpdate(failed("script_failure", 42), [])).toEqual({
      state: "failed",
      failureReason: "script_failure",
      exitCode: 42,
    });
    expect(finalUpdate(failed("image_pull_failure"), []).failureReason).toBe("runner_system_failure");
    expect(finalUpdate(failed("image_pull_failure"), ["image_pull_failure"]).failureReason).toBe("image_pull_failure");
  });
});
