import fc from "fast-check";
import { expect, test } from "vitest";
import { TimestampFilter } from "../../../src/trace/timestamps.ts";
import { inPieces, textOf } from "./cuts.ts";

const time = Date.UTC(2021, 0, 1, 1, 2, 3, 20) + 0.25;
const stamp = "2021-01-01T01:02:03.020250Z";

function stamped(writes: readonly string[]): string[] {
  const output = textOf(
    new TimestampFilter("stderr", () => time),
    writes.map((write) => Buffer.from(write)),
  );
  expect(output === "" || output.endsWith("\n")).toBe(true);
  return output.split("\n").slice(0, -1);
}

test("each line gets its time, its stream and a space", () => {
  expect(stamped(["one\ntwo\n\nthree\n"])).toEqual([
    `${stamp} 01E one`,
    `${stamp} 01E two`,
    `${stamp} 01E `,
    `${stamp} 01E three`,
  ]);
});

test.each([
  ["executor", "00O"],
  ["stdout", "01O"],
  ["stderr", "01E"],
  ["service", "0fO"],
] as const)("%s is stream %s", (source, mark) => {
  expect(new TimestampFilter(source, () => time).push(Buffer.from("x\n")).toString()).toBe(`${stamp} ${mark} x\n`);
});

test("a line in several writes keeps the time of its first byte", () => {
  let now = time;
  const filter = new TimestampFilter("stdout", () => now);
  expect(filter.push(Buffer.from("up "))).toHaveLength(0);
  now += 5000;
  expect(filter.push(Buffer.from("and down\nnext\n")).toString()).toBe(
    `${stamp} 01O up and down\n2021-01-01T01:02:08.020250Z 01O next\n`,
  );
});

test("a write with a carriage return is given out at once and as a whole, and the next part is marked +", () => {
  expect(stamped(["Progress: ", ".\r", ".\rx", "Done.\r\n", "next\n"])).toEqual([
    `${stamp} 01E Progress: .\r`,
    `${stamp} 01E+.\rx`,
    `${stamp} 01E+Done.\r`,
    `${stamp} 01E next`,
  ]);
});

test("a section's mark stands alone before its heading", () => {
  expect(stamped(["section_start:1:prepare\r\x1b[0K", "\x1b[0KPreparing\n"])).toEqual([
    `${stamp} 01E section_start:1:prepare\r\x1b[0K`,
    `${stamp} 01E+\x1b[0KPreparing`,
  ]);
});

test("more than 8 KiB without a line's end is given out in parts", () => {
  const long = ".".repeat(8192);
  expect(stamped(["begin ", long, long + ".", "end\n"])).toEqual([
    `${stamp} 01E begin ${long}`,
    `${stamp} 01E+${long}.`,
    `${stamp} 01E+end`,
  ]);
});

test("an unfinished line is ended by the flush, once", () => {
  const filter = new TimestampFilter("stdout", () => time);
  filter.push(Buffer.from("$ "));
  expect(filter.flush().toString()).toBe(`${stamp} 01O $ \n`);
  expect(filter.flush()).toHaveLength(0);
});

test("a filter made from another's state goes on where that one was", () => {
  for (const writes of [["un"], ["a\r"], ["x".repeat(9000)], ["line\n"]]) {
    const first = new TimestampFilter("stdout", () => time);
    for (const write of writes) first.push(Buffer.from(write));
    const second = new TimestampFilter("stdout", () => time, first.state);
    expect(second.push(Buffer.from("finished\n"))).toEqual(first.push(Buffer.from("finished\n")));
  }
});

test("without carriage returns, how the input is cut does not change the output", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "ü", "\n"), maxLength: 100 }).map((value) => Buffer.from(value));
  fc.assert(
    fc.property(inPieces(text), (pieces) => {
      const make = () => new TimestampFilter("stdout", () => time);
      expect(textOf(make(), pieces)).toBe(textOf(make(), [Buffer.concat(pieces)]));
    }),
  );
});
