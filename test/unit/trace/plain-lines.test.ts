import { expect, test } from "vitest";
import { plainLines } from "../../../src/trace/plain-lines.ts";

test.each([["\r"], ["\x1b]"], ["\x1b["]])("a very long run of %j costs no time", (piece) => {
  expect(plainLines(`first\n${piece.repeat(500_000)}x\nlast`)).toHaveLength(3);
});
