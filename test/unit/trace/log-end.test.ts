import { expect, test } from "vitest";
import { logEnd } from "../../../src/trace/log-end.ts";

const cut = { headBytes: 1000, at: 1_700_000_000, sections: [] };

function shown(text: string, leftOut: number, sections: readonly string[] = []): string {
  return logEnd({ ...cut, sections }, Buffer.from(text), leftOut)
    .toString()
    .replaceAll("\u001b[33;1m", "<")
    .replaceAll("\u001b[0;m", ">")
    .replaceAll("\r\u001b[0K", "");
}

test("one line says how much is left out, and the end begins where a line does", () => {
  expect(shown("rest of a line\nlast\nlines\n", 5000)).toBe(
    "<5015 bytes of the log are left out here. Its last 11 bytes:>\nlast\nlines\n",
  );
});

test("an end without a line break begins with a whole character", () => {
  const bytes = Buffer.from("üab").subarray(1);
  expect(logEnd(cut, bytes, 10).toString()).toContain("11 bytes of the log are left out here. Its last 2 bytes:");
  expect(shown("ab\n", 10)).toBe("<10 bytes of the log are left out here. Its last 3 bytes:>\nab\n");
});

test("where nothing is left out the log goes on in the midst of its line", () => {
  expect(shown("of a line\nlast", 0, ["step_script"])).toBe("<The rest of the log:>\nof a line\nlast");
});

test("a section that was open at the cut and ends in what is shown needs nothing", () => {
  const text = "x\nlast\nsection_end:1700000100:step_script";
  expect(shown(text, 1, ["step_script"])).not.toContain("section_start");
  expect(shown(text, 1, ["step_script"]).match(/section_end/g)).toHaveLength(1);
});

test("a section that ended in what is left out is ended, and one that began there begins", () => {
  const text =
    "x\nlast\nsection_end:1700000100:after_script\nsection_start:1700000101:upload[a=b]\nsection_end:1700000102:upload\n";
  expect(shown(text, 1, ["step_script"])).toBe(
    "section_end:1700000000:step_script\n" +
      "<3 bytes of the log are left out here. Its last 108 bytes:>\n" +
      "section_start:1700000000:after_script\n" +
      text.slice(2),
  );
});
