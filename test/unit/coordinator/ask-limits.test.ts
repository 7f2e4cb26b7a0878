import { expect, it } from "vitest";
import { AskLimits } from "../../../src/coordinator/ask-limits.ts";
import type { ApiReply } from "../../../src/coordinator/connection.ts";

const answered = (status: number) => ({ kind: "answer", status }) as ApiReply;
const unanswered = { kind: "network", code: "ETIMEDOUT" } as ApiReply;

it("a question may be held for longer than Workhorse holds it, and is over in time where nobody answers", () => {
  const limits = new AskLimits();
  expect(limits.mayHold).toBe(true);
  expect(limits.of(true)).toMatchObject({ headerMs: 90_000, wholeMs: 150_000 });
  expect(limits.of(false)).toMatchObject({ headerMs: 120_000 });
});

it("after silence a question is short, and over within 30 s with the pause before it; after an answer it is as ever", () => {
  const limits = new AskLimits();
  limits.learn(false, unanswered, 120_000);
  expect(limits.mayHold).toBe(false);
  for (const limit of Object.values({ ...limits.of(false), wholeMs: 0 })) expect(limit + 1000).toBeLessThan(30_000);
  limits.learn(false, answered(204), 30);
  expect(limits.mayHold).toBe(true);
  expect(limits.of(false)).toMatchObject({ headerMs: 120_000 });
});

it("silence that lasts gets longer questions between the short ones, for a coordinator that is only slow; an answer ends that", () => {
  const limits = new AskLimits();
  const seen = Array.from({ length: 9 }, () => {
    limits.learn(false, unanswered, 20_000);
    return limits.of(false).headerMs;
  });
  expect(seen).toEqual([20_000, 20_000, 40_000, 20_000, 80_000, 20_000, 120_000, 20_000, 120_000]);
  expect(limits.of(false)).toMatchObject({ connectMs: 10_000, tlsMs: 10_000 });
  // A quick failure ends the silence.
  limits.learn(false, answered(503), 1500);
  limits.learn(false, unanswered, 20_000);
  expect(limits.of(false).headerMs).toBe(20_000);
});

it("a coordinator that needs 25 s for an answer under load is answered by again", () => {
  const limits = new AskLimits();
  limits.learn(true, unanswered, 90_000);
  let asked = 0;
  for (; (limits.of(false).headerMs ?? 0) < 25_000 && asked < 100; asked++) limits.learn(false, unanswered, 20_000);
  expect(asked).toBe(2);
});

it("a gateway that waited for the coordinator in vain counts as silence, a quick 503 does not", () => {
  const limits = new AskLimits();
  limits.learn(false, answered(504), 60_000);
  expect(limits.of(false)).toMatchObject({ headerMs: 20_000 });
  limits.learn(false, answered(503), 1500);
  expect([limits.of(false).headerMs, limits.mayHold]).toEqual([120_000, false]);
});

it("finds out by doubling how long a coordinator holds questions, and remembers", () => {
  const limits = new AskLimits();
  limits.learn(true, unanswered, 90_000);
  expect(limits.of(false).headerMs).toBe(20_000);
  limits.learn(false, answered(204), 30);
  expect(limits.of(true).headerMs).toBe(180_000);
  limits.learn(true, answered(204), 120_000);
  limits.learn(true, answered(204), 10);
  expect(limits.of(true).headerMs).toBe(240_000);
  for (let count = 0; count < 9; count++) limits.learn(true, unanswered, 600_000);
  limits.learn(true, answered(201), 10);
  expect(limits.of(true).headerMs).toBe(240_000);
});

it("never waits for an answer longer than the reference client", () => {
  const limits = new AskLimits();
  for (let count = 0; count < 9; count++) limits.learn(true, unanswered, 600_000);
  limits.learn(false, answered(204), 10);
  expect(limits.of(true).headerMs).toBe(600_000);
});
