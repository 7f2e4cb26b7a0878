import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatDuration, parseDuration } from "../../../src/config/duration.ts";

describe("parseDuration", () => {
  it.each([
    ["15m", 900_000],
    ["1h30m", 5_400_000],
    ["1.5s", 1500],
    ["300ms", 300],
    ["2us", 0.002],
    ["-5m", -300_000],
    ["+1s", 1000],
    ["0", 0],
    [".5s", 500],
  ])("reads %s as Go does", (text, ms) => {
    expect(parseDuration(text)).toBeCloseTo(ms, 9);
  });

  it.each(["", "300", "1 h", "h", "1d", "1h30", "ten minutes", "-", "1..5s"])("refuses %j", (text) => {
    expect(parseDuration(text)).toBeNull();
  });

  it("refuses very many digits at once", () => {
    expect(parseDuration("0".repeat(200_000))).toBeNull();
  });

  it("reads back what formatDuration writes", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e12, max: 1e12 }), (ms) => {
        expect(parseDuration(formatDuration(ms))).toBe(ms === 0 ? 0 : ms);
      }),
    );
  });
});
