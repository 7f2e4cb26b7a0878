import { expect, it } from "vitest";
import type { SpanData } from "../../../src/spans/span.ts";
import { summarize, summaryLine } from "../../../src/spans/summary.ts";

const span = (name: string, startMs: number, endMs: number, more: Partial<SpanData> = {}): SpanData => ({
  id: 0,
  parent: null,
  place: "phase",
  name,
  startMs,
  endMs,
  attributes: {},
  outcome: "ok",
  ...more,
});

const spans = [
  span("ask", -50, 0, { place: "outside" }),
  span("get_sources", 0, 10),
  span("clear_worktree", 10, 15),
  span("get_sources", 20, 50),
  span("pull", 2, 4, { place: "inner", attributes: { image: "here", pulled: false } }),
  span("pull", 2, 9, { place: "inner", attributes: { image: "there", pulled: true } }),
  span("accept", 0, 400, { place: "beside" }),
];

it("sums up the phases and nothing else, those of one name together", () => {
  expect(summarize(spans)).toEqual({
    phases: [
      { name: "get_sources", ms: 40 },
      { name: "clear_worktree", ms: 5 },
    ],
    sumMs: 45,
    pulls: [{ image: "there", ms: 7 }],
  });
});

it("says it in one line", () => {
  expect(summaryLine(spans, 50.4)).toBe("45 of 50 ms: get_sources 40, clear_worktree 5");
});
