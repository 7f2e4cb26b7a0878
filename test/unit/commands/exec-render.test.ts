import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { LogLines, safeText } from "../../../src/commands/exec-render.ts";

const at = "2026-01-02T03:04:05.678901Z";

function render(log: string, cuts: readonly number[] = [], colours = false): string[] {
  const bytes = Buffer.from(log);
  const lines = new LogLines({ colours });
  const shown: string[] = [];
  let from = 0;
  for (const cut of [...cuts].map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b)) {
    shown.push(...lines.push(bytes.subarray(from, cut)));
    from = cut;
  }
  return [...shown, ...lines.push(bytes.subarray(from)), ...lines.end()];
}

const stamped = [
  `${at} 00O section_start:1767322800:prepare_executor\r\x1b[0K`,
  `${at} 00O+\x1b[0K\x1b[36;1mPreparing\x1b[0;m\x1b[0;m`,
  `${at} 01O $ make`,
  `${at} 01O 10%\r`,
  `${at} 01O+100%`,
  `${at} 01E wärning`,
  `${at} 00O section_end:1767322801:prepare_executor\r\x1b[0K`,
  "",
].join("\n");

describe("LogLines", () => {
  it("takes off timestamps and section marks and keeps headings", () => {
    expect(render(stamped)).toEqual(["Preparing", "$ make", "100%", "wärning"]);
  });

  it("shows the same lines however the log is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { maxLength: 20 }), (cuts) => {
        expect(render(stamped, cuts)).toEqual(render(stamped));
      }),
    );
  });

  it("reads a log without timestamps", () => {
    const log = "section_start:1:x\r\x1b[0K\x1b[36;1mHeading\x1b[0;m\nline\nsection_end:1:x\r\x1b[0Krest";
    expect(render(log)).toEqual(["Heading", "line", "rest"]);
  });

  it("keeps empty lines of the job", () => {
    expect(render(`${at} 01O a\n${at} 01O \n${at} 01O b\n`)).toEqual(["a", "", "b"]);
  });

  it("puts a line together again when the other stream did not come between", () => {
    expect(render(`${at} 01O one\r\n${at} 01E error\n${at} 01O+ two\n`)).toEqual(["one", "error", " two"]);
  });

  it("gives out a held line when asked, and what follows it on its own", () => {
    const lines = new LogLines({ colours: false });
    expect(lines.push(Buffer.from(`${at} 01O working\n`))).toEqual([]);
    expect(lines.release()).toEqual(["working"]);
    expect(lines.release()).toEqual([]);
    expect([...lines.push(Buffer.from(`${at} 01O+ still\n`)), ...lines.end()]).toEqual([" still"]);
  });
});

describe("safeText", () => {
  it("keeps colours, and ends them with the line", () => {
    expect(safeText("\x1b[31mred", true)).toBe("\x1b[31mred\x1b[0m");
    expect(safeText("\x1b[31mred", false)).toBe("red");
  });

  it.each([
    ["the cursor", "a\x1b[2J\x1b[1;1Hb"],
    ["the window's title", "a\x1b]0;title\x07b"],
    ["a title ended by ST", "a\x1b]0;title\x1b\\b"],
    ["a device string", "aAb".replace("A", "\x1bPq#0\x1b\\")],
    ["the character set", "a\x1b(0b"],
    ["a reset", "a\x1bcb"],
    ["bells and backspaces", "a\x07\x08b"],
    ["C1 controls", "a\u009bb"],
  ])("takes out what changes %s", (_, text) => {
    expect(safeText(text, true)).toBe("ab");
  });

  it("never lets anything but colours and tabs through", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom("\x1b", "[", "]", "0", ";", "m", "J", "\x07", "\t", "x", "\\", "P") }),
        (text) => {
          // eslint-disable-next-line no-control-regex
          expect(safeText(text, true).replace(/\x1b\[[\d;:]*m/g, "")).not.toMatch(/[\x00-\x08\x0a-\x1f\x7f]/);
        },
      ),
    );
  });
});
