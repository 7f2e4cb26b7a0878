import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ServiceLogLines } from "../../../src/executor/service-log-lines.ts";
import { Utf8Filter } from "../../../src/trace/utf8.ts";
import { inPieces } from "../trace/cuts.ts";

const noMasker = () => new Utf8Filter();
const shown = (text: string) => `\u001B[0;37m[service:db-postgres] ${text}\u001B[0;m\n`;

describe("what a service prints", () => {
  it("is shown line by line behind the service's names", () => {
    const lines = new ServiceLogLines(["db", "postgres"], noMasker);
    expect(lines.push(Buffer.from("one\ntwo\nthr")).toString()).toBe(shown("one") + shown("two"));
    expect(lines.waiting).toBe(3);
    expect(lines.push(Buffer.from("ee ü\n")).toString()).toBe(shown("three ü"));
    expect(lines.waiting).toBe(0);
  });

  it("is shown without its end when there is none", () => {
    const lines = new ServiceLogLines(["db", "postgres"], noMasker);
    lines.push(Buffer.from("no end"));
    expect(lines.flush().toString()).toBe(shown("no end"));
    expect(lines.flush()).toHaveLength(0);
  });

  it("does not wait for the end of a line that has none", () => {
    const lines = new ServiceLogLines(["db", "postgres"], noMasker);
    expect(lines.push(Buffer.alloc(20_000, "x")).toString()).toBe(shown("x".repeat(16_384)));
    expect(lines.waiting).toBe(3_616);
    expect(lines.push(Buffer.from("y\nz\n")).toString()).toBe(shown(`${"x".repeat(3_616)}y`) + shown("z"));
  });

  it("is the same however it is cut", () => {
    const text = fc.array(fc.constantFrom("a", "ü", "\n", "\r\n", "🚢 ")).map((parts) => Buffer.from(parts.join("")));
    fc.assert(
      fc.property(inPieces(text), (pieces) => {
        const lines = new ServiceLogLines(["db", "postgres"], noMasker);
        const output = Buffer.concat([...pieces.map((piece) => lines.push(piece)), lines.flush()]).toString();
        const whole = Buffer.concat(pieces).toString();
        const expected = whole === "" ? [] : whole.replace(/\n$/, "").split("\n");
        expect(output).toBe(expected.map(shown).join(""));
      }),
    );
  });
});
