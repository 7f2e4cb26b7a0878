import { expect, it } from "vitest";
import { parseDuration } from "../../../src/pipeline/duration.ts";

it.each([
  ["90 minutes", 5400],
  ["1h 30m", 5400],
  ["2h20min", 8400],
  ["1 week and 2 days", 777_600],
  ["3 mins 4 sec", 184],
  ["1:30:00", 5400],
  ["1.5 hours", 5400],
  ["an hour", 3600],
  ["1 hour, 5 mins", 3900],
  ["3600", 3600],
  ["6 mos", 15_552_000],
  ["soon", null],
  ["1 constructor", null],
  ["", null],
  ["10 10", null],
])("takes %j for %s seconds", (text, seconds) => {
  expect(parseDuration(text)).toBe(seconds);
});

it("takes no number of hours that is beyond counting for one", () => {
  expect(parseDuration(`${"9".repeat(20)}:00`)).toBeNull();
});
