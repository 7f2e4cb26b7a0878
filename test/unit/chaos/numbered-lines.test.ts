import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { expectedLines, linesPrelude, printsHash, printsLines } from "../../../chaos/numbered-lines.ts";

it("the shell prints what is expected of it, in parts too, and its hash", () => {
  const range = { stream: "O", seed: 2_147_483_646, width: 400 } as const;
  const parts = [
    { ...range, first: 1, last: 3 },
    { ...range, first: 4, last: 50 },
  ];
  const script = [linesPrelude, ...parts.map(printsLines), printsHash].join("\n");
  const printed = execFileSync("sh", ["-c", script]).toString().trimEnd().split("\n");
  const expected = expectedLines({ ...range, first: 1, last: 50 });
  const hash = createHash("sha256").update(`${expected.join("\n")}\n`);
  expect(printed).toEqual([...expected, `~H:1:${hash.digest("hex")}`]);
});
