import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AgentError, messageOf } from "../../../src/support/errors.ts";

describe("the text of what was thrown", () => {
  const circular: Record<string, unknown> = {};
  circular["self"] = circular;

  test.each<[unknown, string]>([
    [new Error("it broke"), "it broke"],
    [new TypeError(""), "TypeError"],
    ["only text", "only text"],
    [{ code: 5 }, '{"code":5}'],
    [undefined, "undefined"],
    [null, "null"],
    [5n, "5"],
    [new AggregateError([new Error("a"), new Error("b"), new Error("a")]), "a; b"],
    [new AggregateError([], "together"), "together"],
    [new AggregateError([]), "AggregateError"],
    [circular, "[object Object]"],
  ])("%# is said", (thrown, text) => {
    expect(messageOf(thrown)).toBe(text);
  });

  test("is never empty, whatever was thrown", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.anything(),
          fc.string().map((text) => new Error(text)),
        ),
        (thrown) => {
          expect(messageOf(thrown)).not.toBe("");
        },
      ),
    );
  });
});

test("an error is for the admin and exits with 1, unless it says otherwise", () => {
  const cause = new Error("cause");
  expect(new AgentError("CODE", "what", { hint: "change" })).toMatchObject({
    code: "CODE",
    message: "what",
    hint: "change",
    audience: "admin",
    exitCode: 1,
  });
  expect(new AgentError("CODE", "what", { hint: "", audience: "author", exitCode: 2, cause })).toMatchObject({
    audience: "author",
    exitCode: 2,
    cause,
  });
  expect(Object.hasOwn(new AgentError("CODE", "what", { hint: "" }), "cause")).toBe(false);
});
