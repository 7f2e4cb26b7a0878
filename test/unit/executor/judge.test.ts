import { describe, expect, test } from "vitest";
import { DockerError, type DockerErrorKind } from "../../../src/docker/errors.ts";
import { JobEnd } from "../../../src/executor/job-end.ts";
import type { EndCause } from "../../../src/job/end-cause.ts";
import { judge } from "../../../src/executor/judge.ts";
import { StageFailure } from "../../../src/executor/stage-failure.ts";
import { type FailureSituation, failureReasons } from "../../../src/job/failure-reason.ts";
import { configurationRefusal } from "../../../src/job/refusal.ts";
import { AgentError } from "../../../src/support/errors.ts";

test.each<[EndCause, string]>([
  ["canceled", "job_canceled"],
  ["aborted", "job_canceled"],
  ["job-timeout", "job_execution_timeout"],
  ["script-timeout", "job_execution_timeout"],
  ["prepare-timeout", "job_execution_timeout"],
  ["get-sources-timeout", "job_execution_timeout"],
  ["agent-terminated", "runner_interrupted"],
  ["daemon-lost", "runner_system_failure"],
  ["log-lost", "runner_system_failure"],
])("a job that ends by %s failed with %s", (cause, reason) => {
  expect(judge(new JobEnd(cause, "why"))).toEqual({ state: "failed", reason, message: "why", hint: "", exitCode: 0 });
});

test("a script's failure carries its exit code, and is nobody else's fault", () => {
  const failure = new StageFailure("script-failed", "exit code 42", { exitCode: 42, hint: "look above" });
  expect(judge(failure)).toEqual({
    state: "failed",
    reason: "script_failure",
    message: "exit code 42",
    hint: "look above",
    exitCode: 42,
  });
});

test("every situation of a stage has its reason", () => {
  for (const [situation, reason] of Object.entries(failureReasons)) {
    expect(judge(new StageFailure(situation as FailureSituation, "x"))).toMatchObject({ reason });
  }
});

test("a refusal is a matter of configuration", () => {
  expect(judge(configurationRefusal("CODE", "not allowed", "ask"))).toMatchObject({
    reason: "runner_configuration_error",
    hint: "ask",
  });
});

test.each([
  ["author", "runner_configuration_error"],
  ["admin", "runner_system_failure"],
] as const)("an error for the job's %s is %s", (audience, reason) => {
  expect(judge(new AgentError("CODE", "wrong", { hint: "change it", audience }))).toMatchObject({
    reason,
    hint: "change it",
  });
});

describe("a call to Docker that failed", () => {
  const outcome = (operation: string, kind: DockerErrorKind) => judge(new DockerError(operation, kind, "detail", 0));

  test("because of what a container was asked to be is a matter of configuration", () => {
    expect(outcome("create container x", "bad-request")).toMatchObject({ reason: "runner_configuration_error" });
    expect(outcome("ask the daemon", "bad-request")).toMatchObject({ reason: "runner_system_failure" });
  });

  test("because the image is there for another processor is one, too, and an image that is gone is not", () => {
    const words = "image with reference app:1 was found but does not match the specified platform: wanted linux/s390x";
    const create = (detail: string) => judge(new DockerError("create container x", "not-found", detail, 404));
    expect(create(words)).toMatchObject({ reason: "runner_configuration_error" });
    expect(create("No such image: app:1")).toMatchObject({ reason: "runner_system_failure" });
  });

  test.each(["unreachable", "permission-denied", "tls", "connection-lost"] as const)(
    "because it is %s says what to look at",
    (kind) => {
      const { reason, hint } = outcome("create container x", kind) as { reason: string; hint: string };
      expect(reason).toBe("runner_system_failure");
      expect(hint).not.toBe("");
    },
  );
});

test.each([[new Error("boom")], [new TypeError("")], ["text"], [undefined], [null], [{ odd: 1n }]])(
  "anything else (%s) is the agent's fault, with words",
  (thrown) => {
    const outcome = judge(thrown) as { reason: string; message: string };
    expect(outcome.reason).toBe("runner_system_failure");
    expect(outcome.message).not.toBe("");
  },
);
