import { expect, test } from "vitest";
import { parseResult, resultFileName } from "../../../bench/result.ts";
import { result, startFigure } from "./example-result.ts";

test("reads what was written", () => {
  const written = result([{ ...startFigure([1, 2]), of: "worst" }, startFigure([3])]);
  expect(parseResult(JSON.stringify(written))).toEqual(written);
});

test("refuses another file", () => {
  expect(() => parseResult('{"date": 1}')).toThrow(/invalid_type/);
});

test("names a file by date and cases, without colons", () => {
  expect(resultFileName("2025-03-01T10:15:00.123Z", ["start", "log"], false)).toBe("2025-03-01T101500-start-log.json");
  expect(resultFileName("2025-03-01T10:15:00.123Z", ["start", "log"], true)).toBe("2025-03-01T101500-all.json");
});
