import { describe, expect, it } from "vitest";
import { plain } from "../../../chaos/kinds/output.ts";
import { canceled, failing } from "../../../chaos/kinds/ends.ts";
import type { ChaosJob } from "../../../chaos/chaos-job.ts";
import { diceOf } from "../../../chaos/dice.ts";
import { judgeJob } from "../../../chaos/verdict.ts";

const site = { images: { base: "base", docker: "docker" }, sourceHash: "" };
const dice = () => diceOf(3, "test");
const logOf = ({ expected }: ChaosJob) => [...expected.values()].flat().join("\n");

function judged(
  chaos: ChaosJob,
  end: Partial<Record<"state" | "failureReason" | "exitCode" | "finished", unknown>>,
  raw: string,
) {
  const handle = { finished: true, state: "success", failureReason: "", exitCode: 0, artifacts: [], ...end } as never;
  return (finals = 1, words: readonly string[] = ["success  0"]) =>
    judgeJob({ chaos, handle, counts: { finals, assigned: 1, assignedAt: 0 } }, raw, words, ["the secret"]);
}

describe("a job", () => {
  const job = plain.make(dice(), site);

  it("is as expected when state and log are", () => {
    expect(judged(job, {}, logOf(job))()).toMatchObject({ outcome: "as expected", problems: [] });
  });

  it("that ended well without its last line has lost it", () => {
    const short = logOf(job).replace(/\n.*$/, "");
    expect(judged(job, {}, short)().problems).toHaveLength(1);
  });

  it("whose agent could not go on may have any beginning of its log, and nothing else", () => {
    const end = { state: "failed", failureReason: "runner_system_failure" };
    expect(judged(job, end, "")()).toMatchObject({ outcome: "system failure", problems: [] });
    expect(judged(job, end, `${logOf(job)}\n${logOf(job)}`)().faults.doubled).toBeGreaterThan(0);
  });

  it("has exactly one end", () => {
    expect(judged(job, {}, logOf(job))(2).problems).toEqual(["2 final states were accepted"]);
    expect(judged(job, { finished: false, state: "running" }, "")(0).outcome).toBe("no final state");
    const words = ["success  0", "failed runner_system_failure 0"];
    expect(judged(job, {}, logOf(job))(1, words).problems).toEqual([
      "the agent said different ends: success  0 / failed runner_system_failure 0",
    ]);
  });

  it("shows no secret", () => {
    expect(judged(job, {}, `${logOf(job)}\nthe secret\n`)().problems).toEqual(["1 masked values are in the log"]);
  });

  it("that nobody took was ended by the coordinator alone", () => {
    expect(judged(job, { state: "canceled" }, "")(1, []).outcome).toBe("not taken");
  });
});

it("a job that fails must fail with its own exit code", () => {
  const job = failing.make(dice(), site);
  const end = { state: "failed", failureReason: "script_failure" };
  expect(judged(job, { ...end, exitCode: job.exitCode }, logOf(job))().outcome).toBe("as expected");
  expect(judged(job, { ...end, exitCode: 200 }, logOf(job))().outcome).toBe("wrong state");
  expect(judged(job, {}, logOf(job))().outcome).toBe("wrong state");
});

it("a canceled job's log may end anywhere", () => {
  const job = canceled.make(dice(), site);
  const lines = logOf(job).split("\n").slice(0, 5).join("\n");
  expect(judged(job, { state: "canceled" }, lines)()).toMatchObject({ outcome: "as expected", problems: [] });
});
