import fc from "fast-check";
import { expect, test } from "vitest";
import { StampedLines } from "../../../src/docker/stamped-lines.ts";

const pieceBytes = 16 * 1024;
const timeOf = (line: number) => `2021-01-01T00:00:00.${String(line).padStart(9, "0")}Z `;

/** Lines as the daemon gives them: `forgets` as its driver "local" does, which keeps no end of a line in pieces. */
function pieces(lines: readonly string[], forgets: boolean): Buffer[] {
  return lines.flatMap((line, index) => {
    const parts = line.match(/[^]{1,16384}/g) ?? [""];
    if (line.length > 0 && line.length % pieceBytes === 0) parts.push("");
    const end = forgets && parts.length > 1 ? "" : "\n";
    return parts.map((part, at) => Buffer.from(timeOf(index) + part + (at === parts.length - 1 ? end : "")));
  });
}

test("a line has its time once or not at all, and ends, in whatever pieces the daemon keeps it, however they arrive", () => {
  const line = fc.oneof(
    fc.constantFrom("", "a line"),
    fc.constantFrom(-1, 0, 1, 20_000).map((more) => "x".repeat(pieceBytes + more)),
  );
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 6 }),
      fc.boolean(),
      fc.integer({ min: 1, max: 40_000 }),
      fc.boolean(),
      (lines, forgets, size, showsTime) => {
        const stamped = new StampedLines(showsTime);
        const out: Buffer[] = [];
        for (const piece of [...pieces(lines, forgets), Buffer.from(`${timeOf(999)}end\n`)]) {
          stamped.beginPiece();
          for (let at = 0; at < piece.length; at += size) out.push(stamped.push(piece.subarray(at, at + size)));
        }
        const time = (line: number) => (showsTime ? timeOf(line) : "");
        const expected = [...lines.map((text, index) => time(index) + text), `${time(999)}end`, ""].join("\n");
        expect(Buffer.concat(out).toString() === expected).toBe(true);
      },
    ),
  );
});
