import { expect, it } from "vitest";
import { timingSummary, timingTable } from "../../../src/commands/exec-timing.ts";
import type { SpanData } from "../../../src/spans/span.ts";
import { report } from "../spans/reports.ts";

/** Everything is narrower than that. */
const columns = 100;

it("shows each part below what it belongs to, where it lay, the sum and the pulls", () => {
  expect(timingTable(report(), false)).toBe(
    [
      "Where the time of build it went",
      "                                                  start   duration",
      "  (ask)                                          -20 ms      20 ms",
      "  prepare_executor                               0.0 ms     100 ms  ██████",
      "    pull alpine:3                                 10 ms      80 ms  ░░░░░░",
      "  step_script exit code 3                        100 ms     390 ms        █████████████████████████",
      "  final                                          490 ms      10 ms                                 █",
      "  (removal)                                      500 ms     200 ms",
      "  sum of the phases                                         500 ms  of 500 ms (100.0 %)",
      "  docker pull alpine:3                                       80 ms",
    ].join("\n"),
  );
});

it("says that no image was pulled", () => {
  const spans = report().spans.filter(({ name }) => name !== "pull");
  expect(timingTable(report({ spans }), false)).toMatch(/docker pull: every image was there$/);
});

it("stays within 100 columns, whatever the names and times are, and keeps control characters out", () => {
  const image = `registry.example.com/${"very/".repeat(40)}long\u001B[2J\n`;
  const long: SpanData = {
    id: 9,
    parent: 3,
    place: "inner",
    name: "pull",
    startMs: 359_999_000,
    endMs: 3e9,
    outcome: "error",
    attributes: { image, pulled: true },
  };
  const wide = report({ spans: [...report().spans, long], durationMs: 360_000_000 });
  const named = { ...wide, job: { ...wide.job, name: `\u001B]0;title\u0007${"name ".repeat(50)}` } };
  for (const text of [timingTable(named, false), timingSummary([named, named])]) {
    // eslint-disable-next-line no-control-regex
    expect(text).not.toMatch(/[\u0000-\u0009\u000B-\u001F]/);
    expect(text.split("\n").filter((line) => line.length > columns)).toEqual([]);
  }
});

it.each([
  [9.96, "10 ms"],
  [999.6, "1.00 s"],
  [59_996, "1:00 min"],
  [725_400, "12:05 min"],
  [3_599_600, "1:00 h"],
  [3_720_000, "1:02 h"],
])("writes %d ms as %s", (durationMs, text) => {
  expect(timingSummary([report({ durationMs, spans: [] })]).split("\n")[1]).toContain(`   ${text} `);
});

it("marks what failed in red on a terminal", () => {
  const line = timingTable(report(), true)
    .split("\n")
    .find((text) => text.includes("step_script"));
  // eslint-disable-next-line no-control-regex
  expect(line).toMatch(/^\u001B\[31m.*\u001B\[0m {8}█+$/);
});

it("cuts what would fill the screen", () => {
  const spans = Array.from({ length: 300 }, (_, id) => ({ ...report().spans[1], id }) as SpanData);
  const lines = timingTable(report({ spans }), false).split("\n");
  expect(lines.length).toBeLessThan(130);
  expect(lines).toContain("  … and 180 more");
});

it("has a line for each job of the pipeline, its phases in groups", () => {
  const [head, line] = timingSummary([report()]).split("\n");
  const cells = (text = "") => text.trim().split(/\s{2,}/);
  expect(cells(head)).toEqual(["job", "total", "prepare", "fetch", "wait", "script", "keep", "final", "pulled"]);
  expect(cells(line)).toEqual(["build it", "500 ms", "100 ms", "-", "-", "390 ms", "-", "10 ms", "80 ms"]);
});
