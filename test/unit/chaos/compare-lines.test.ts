import { describe, expect, it } from "vitest";
import { compareLines } from "../../../chaos/compare-lines.ts";
import { expectedLines, type LineStream } from "../../../chaos/numbered-lines.ts";
import { readLog } from "../../../chaos/read-log.ts";

const lines = expectedLines({ stream: "O", first: 1, last: 6, seed: 7, width: 20 });
const expected = new Map<LineStream, readonly string[]>([["O", lines]]);
const logOf = (printed: readonly string[]) => readLog(["Running", "$ lines O 1 6 7 20", ...printed, ""].join("\n"));
const compare = (printed: readonly string[], whole = true) => compareLines(expected, logOf(printed), whole);
const without = (index: number) => lines.toSpliced(index, 1);

describe("a whole log", () => {
  it("is right when every line is there once, in order", () => {
    expect(compare(lines)).toEqual({ lost: 0, doubled: 0, misplaced: 0, notes: [] });
  });

  it("with a line too few has lost it", () => {
    for (const index of [0, 3, 5]) expect(compare(without(index))).toMatchObject({ lost: 1, doubled: 0 });
  });

  it("with a line twice has doubled it", () => {
    expect(compare([...lines.slice(0, 4), ...lines.slice(2)])).toMatchObject({ lost: 0, doubled: 2 });
  });

  it("in another order is misplaced", () => {
    expect(compare(lines.toReversed())).toMatchObject({ lost: 0, doubled: 0, misplaced: 1 });
  });

  it("with a line of which bytes are missing has lost it, and has one that nobody printed", () => {
    const cut = lines.with(2, lines[2]?.slice(0, -1) ?? "");
    expect(compare(cut)).toMatchObject({ lost: 1, doubled: 1 });
  });

  it("with a line in the middle of another one has something strange in it", () => {
    const mixed = [...lines.slice(0, 2), `abc${lines[2]}`, ...lines.slice(3)];
    expect(compare(mixed)).toMatchObject({ lost: 1, misplaced: 1 });
  });
});

describe("a log that may end anywhere", () => {
  it("is right when it is the beginning of what was printed, also of a line", () => {
    for (const count of [0, 1, 5, 6]) expect(compare(lines.slice(0, count), false).notes).toEqual([]);
    expect(compare([...lines.slice(0, 3), lines[3]?.slice(0, -4) ?? ""], false).notes).toEqual([]);
  });

  it("is wrong when a line before its end is missing, or is there twice", () => {
    expect(compare([...lines.slice(0, 2), ...lines.slice(3, 5)], false)).toMatchObject({ lost: 1, doubled: 0 });
    expect(compare([...lines.slice(0, 3), ...lines.slice(1, 3)], false)).toMatchObject({ lost: 0, doubled: 2 });
  });

  it("may end between the two parts of a secret", () => {
    const secret = new Map<LineStream, readonly string[]>([["M", ["~M:1:[MASKED]:end", "~M:2:[MASKED]:end"]]]);
    const printed = (second: string) => compareLines(secret, logOf(["~M:1:[MASKED]:end", second]), false).notes;
    expect(printed("~M:2:ab")).toEqual([]);
    expect(printed("~M:2:abcd:end")).toHaveLength(1);
  });
});
