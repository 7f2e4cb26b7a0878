import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OutputTail } from "../../../src/trace/output-tail.ts";

function tailOf(...chunks: (string | Buffer)[]): string[] {
  const tail = new OutputTail();
  tail.begin();
  for (const chunk of chunks) tail.push(Buffer.from(chunk));
  return tail.lines();
}

describe("the last of a script's output", () => {
  it("is the same however the stream was cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ maxLength: 40 }), { maxLength: 200 }),
        fc.integer({ min: 1, max: 90 }),
        (lines, size) => {
          const bytes = Buffer.from(lines.join("\n"));
          const chunks: Buffer[] = [];
          for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
          expect(tailOf(...chunks)).toEqual(tailOf(bytes));
        },
      ),
    );
  });

  it("is what was printed last when there was more than it keeps, in whole lines", () => {
    const lines = Array.from({ length: 30_000 }, (_, index) => `line ${index}`);
    const kept = tailOf(...lines.map((line) => `${line}\n`));
    expect(kept).toEqual(lines.slice(-400));
    const long = Array.from({ length: 300 }, (_, index) => `${index} ${"x".repeat(500)}`);
    const whole = tailOf(Buffer.from(`${long.join("\n")}\n`));
    expect(whole).toEqual(long.slice(-whole.length));
    expect(whole.length).toBeGreaterThan(120);
  });

  it("says whether it begins with the first line", () => {
    const isWhole = (text: string) => {
      const tail = new OutputTail();
      tail.begin();
      tail.push(Buffer.from(text));
      return tail.isWhole();
    };
    expect(isWhole("")).toBe(true);
    expect(isWhole("line\n".repeat(400))).toBe(true);
    expect(isWhole("line\n".repeat(401))).toBe(false);
    expect(isWhole("x".repeat(70_000))).toBe(false);
  });

  it("is the same for one chunk larger than it as for many small ones", () => {
    const text = Array.from({ length: 9_000 }, (_, index) => `line number ${index}\n`).join("");
    expect(tailOf(text)).toEqual(tailOf(...(text.match(/.{1,700}/gs) ?? [])));
  });

  it("is what a terminal would show in the end: without colours, the last of what overwrote itself", () => {
    expect(tailOf("\u001B[31mred\u001B[0m\r\n 10%\r 50%\r100% done\nlast")).toEqual(["red", "100% done", "last"]);
  });

  it("does not count what is printed before the script or after it", () => {
    const tail = new OutputTail();
    tail.push(Buffer.from("before\n"));
    tail.begin();
    tail.push(Buffer.from("script\n"));
    tail.end();
    tail.push(Buffer.from("after_script\n"));
    expect(tail.lines()).toEqual(["script"]);
    tail.begin();
    expect(tail.lines()).toEqual([]);
  });
});
