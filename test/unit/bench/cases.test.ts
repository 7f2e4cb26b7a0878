import { expect, test } from "vitest";
import { benchCases } from "../../../bench/cases.ts";

test("every case has a name of its own, as the command line takes it", () => {
  const names = benchCases.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-z][a-z-]+$/);
});
