import { describe, expect, it } from "vitest";
import type { Explanation } from "../../../src/explain/explain.ts";
import { closingReport } from "../../../src/explain/report.ts";
import { findingsOf } from "../../support/findings.ts";

const cause: Explanation = {
  rule: "no-daemon",
  isCause: true,
  cause: "nothing answers",
  seen: "Cannot connect",
  author: "add a service",
  admin: "set wiring",
};
const advice: Explanation = { ...cause, rule: "slow-start", isCause: false, admin: "" };

describe("what is said before a job's last line", () => {
  it("is the first cause, what it was seen in, and who changes what", () => {
    expect(closingReport("the old hint", [advice, cause, { ...cause, rule: "another" }])).toEqual([
      "Why it failed: nothing answers [no-daemon]",
      "  seen: Cannot connect",
      "  in the job: add a service",
      "  on the runner: set wiring",
      "  more: docs/troubleshooting.md#no-daemon",
      "Worth knowing: nothing answers [slow-start]",
      "  seen: Cannot connect",
      "  in the job: add a service",
      "  more: docs/troubleshooting.md#slow-start",
    ]);
  });

  it("is the failure's own hint where no rule knows the cause", () => {
    expect(closingReport("do that", [])).toEqual(["What to do: do that"]);
    expect(closingReport("do that", [advice])[0]).toBe("What to do: do that");
    expect(closingReport("", [])).toEqual([]);
  });

  it("leaves out who can't change anything, and cuts a line that would fill the screen", () => {
    const lines = closingReport("", [{ ...cause, author: "", admin: "", seen: "x".repeat(5000) }]);
    expect(lines).toHaveLength(3);
    expect(lines[1]).toHaveLength(209);
  });

  it("is found again by the tests that read logs", () => {
    expect(findingsOf(closingReport("", [cause, advice]).join("\n"))).toEqual(["no-daemon", "slow-start"]);
  });
});
