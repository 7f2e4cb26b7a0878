import { expect, test } from "vitest";
import { ignoredLimits, stageLimits } from "../../../src/job/stage-limits.ts";

const runner = (prepareMs: number, getSourcesMs: number) => ({
  prepare_timeout: prepareMs,
  get_sources_timeout: getSourcesMs,
});

test.each([
  [0, null],
  [-5_000, null],
  [1, 0.001],
  [60_000, 60],
  [60_001, null],
])("of %d ms in a job of a minute %j seconds are left", (ms, seconds) => {
  const { prepare, getSources } = stageLimits(runner(ms, ms), 60);
  expect([prepare.seconds, getSources.seconds]).toEqual([seconds, seconds]);
});

test("a limit that doesn't count is told of, and none that isn't set or fits", () => {
  expect(ignoredLimits(runner(0, 60_000), 60)).toEqual([]);
  expect(ignoredLimits(runner(-1, 60_001), 60)).toEqual([
    expect.stringMatching(/^prepare_timeout is negative/),
    expect.stringMatching(/^get_sources_timeout is longer than the job's timeout/),
  ]);
});
