import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ScriptWatch } from "../../../src/executor/script-watch.ts";
import { beginMarkText, endMarkText, shellMarkText } from "../../../src/script/script-marks.ts";
import { inPieces } from "../trace/cuts.ts";

const mark = { id: "0011223344556677" };
const text = endMarkText(mark);
const output = fc
  .array(fc.constantFrom("a", "\n", "\u001E", text.slice(0, 5), text.slice(0, -2), "é", text.slice(1)), {
    maxLength: 8,
  })
  .map((parts) => parts.join(""))
  .filter((all) => !all.includes(text.trimEnd()));

function told(watch: ScriptWatch, pieces: readonly Buffer[]): string {
  const parts = pieces.map((piece) => watch.push("stdout", piece));
  return Buffer.concat([...parts, watch.rest("stdout")]).toString();
}

describe("the marks of a script", () => {
  it("at its end is taken out of its stream wherever that is cut, and nothing else is", () => {
    const withMark = output.chain((before) =>
      inPieces(fc.constant(Buffer.from(before + text))).map((pieces) => ({ before, pieces })),
    );
    fc.assert(
      fc.property(withMark, ({ before, pieces }) => {
        const watch = new ScriptWatch(mark);
        expect(told(watch, pieces)).toBe(before);
        expect(watch.isOver).toBe(false);
        watch.push("stderr", Buffer.from(text));
        expect(watch.isOver).toBe(true);
      }),
    );
  });

  it("at its end may have lost its newline, and another's is left alone", () => {
    const watch = new ScriptWatch(mark);
    expect(told(watch, [Buffer.from(`x${text.trimEnd()}`), Buffer.from("y\n\n")])).toBe("xy\n\n");
  });

  it("are not seen where there are none", () => {
    fc.assert(
      fc.property(inPieces(output.map((all) => Buffer.from(all))), (pieces) => {
        const watch = new ScriptWatch(mark);
        expect(told(watch, pieces)).toBe(Buffer.concat(pieces).toString());
        expect(watch.isOver).toBe(false);
      }),
    );
  });

  it("of another run are output", () => {
    const other = endMarkText({ id: "7766554433221100" });
    expect(told(new ScriptWatch(mark), [Buffer.from(other)])).toBe(other);
  });

  it("may have the shell's own before them, on both streams, which are taken out as they are", () => {
    const before = Buffer.from(`entrypoint\n${shellMarkText}`);
    fc.assert(
      fc.property(inPieces(fc.constant(before)), inPieces(output.map((all) => Buffer.from(all))), (first, then) => {
        const watch = new ScriptWatch(mark);
        expect(watch.push("stdout", Buffer.from(shellMarkText)).toString()).toBe("");
        const parts = first.map((piece) => watch.push("stderr", piece));
        expect([Buffer.concat(parts).toString(), watch.isAtShell, watch.hasBegun]).toEqual([
          "entrypoint\n",
          true,
          false,
        ]);
        expect(told(watch, then)).toBe(Buffer.concat(then).toString());
      }),
    );
  });

  it("are none of a shell's whose one stream is not let through: what its script says may be lost there", () => {
    for (const stream of ["stdout", "stderr"] as const) {
      const watch = new ScriptWatch(mark);
      expect(watch.push(stream, Buffer.from(`${shellMarkText}output`)).toString()).toBe("output");
      expect(watch.isAtShell).toBe(false);
    }
  });

  it("are all taken out of one stream, too, into which an entrypoint has bent the other", () => {
    const begin = beginMarkText(mark);
    const all = Buffer.from(`${shellMarkText}${shellMarkText}${begin}output\n${text}${text}`);
    fc.assert(
      fc.property(fc.constantFrom("stdout", "stderr"), inPieces(fc.constant(all)), (stream, pieces) => {
        const watch = new ScriptWatch(mark);
        const shown = Buffer.concat(pieces.map((piece) => watch.push(stream, piece)));
        expect([shown.toString(), watch.isAtShell, watch.hasBegun, watch.isOver]).toEqual([
          "output\n",
          true,
          true,
          true,
        ]);
      }),
    );
  });

  it("may be read after the script has begun on the other stream, and is taken out all the same", () => {
    const late = Buffer.from(`${shellMarkText}to stderr\n`);
    fc.assert(
      fc.property(inPieces(fc.constant(late)), (pieces) => {
        const watch = new ScriptWatch(mark);
        const first = Buffer.from(`${shellMarkText}${beginMarkText(mark)}output\n`);
        expect(watch.push("stdout", first).toString()).toBe("output\n");
        const parts = pieces.map((piece) => watch.push("stderr", piece));
        expect([Buffer.concat(parts).toString(), watch.isAtShell]).toEqual(["to stderr\n", true]);
      }),
    );
  });

  it("at its beginning says that it has begun, on whichever stream, and is in neither", () => {
    const begin = Buffer.from(beginMarkText(mark));
    fc.assert(
      fc.property(inPieces(fc.constant(Buffer.concat([begin, Buffer.from("output")]))), (pieces) => {
        const watch = new ScriptWatch(mark);
        const shown = Buffer.concat([...pieces.map((piece) => watch.push("stderr", piece)), watch.rest("stderr")]);
        expect([shown.toString(), watch.hasBegun, watch.isOver]).toEqual(["output", true, false]);
      }),
    );
  });
});
