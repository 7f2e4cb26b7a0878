import { expect, test } from "vitest";
import { failureReasons, reportedReason } from "../../../src/job/failure-reason.ts";

test.each([
  ["script_failure", "script_failure"],
  ["runner_system_failure", "runner_system_failure"],
  ["job_execution_timeout", "job_execution_timeout"],
  ["", "script_failure"],
  ["image_pull_failure", "runner_system_failure"],
  ["runner_configuration_error", "script_failure"],
  ["runner_external_dependency_failure", "runner_system_failure"],
  ["runner_interrupted", "unknown_failure"],
  ["job_canceled", "unknown_failure"],
  ["unknown_failure", "unknown_failure"],
] as const)("a coordinator that names no reasons gets %j as %j", (reason, expected) => {
  expect(reportedReason(reason, [])).toBe(expected);
});

test("a reason that the coordinator knows is sent as it is", () => {
  for (const reason of Object.values(failureReasons)) expect(reportedReason(reason, [reason])).toBe(reason);
});

test.each([
  ["script-failed", "script_failure"],
  ["sources-failed", "script_failure"],
  ["artifacts-failed", "script_failure"],
  ["script-timeout", "job_execution_timeout"],
  ["image-refused", "runner_configuration_error"],
  ["registry-unreachable", "runner_external_dependency_failure"],
  ["image-pull-failed", "image_pull_failure"],
  ["container-fault", "runner_system_failure"],
  ["agent-terminated", "runner_interrupted"],
  ["canceled", "job_canceled"],
] as const)("%s is reported as %s", (situation, reason) => {
  expect(failureReasons[situation]).toBe(reason);
});
