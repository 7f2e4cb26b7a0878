import { expect, it } from "vitest";
import { readLog } from "../../../chaos/read-log.ts";

const stamp = (mark: string) => `2026-01-02T03:04:05.678901Z ${mark}`;

it("a job's lines are found below timestamps, colours and section marks, stream by stream", () => {
  const { lines, mangled, lastStage } = readLog(
    [
      `${stamp("00O ")}section_start:1767323045:step_script\r\u001B[0K\u001B[36;1mExecuting\u001B[0;m`,
      `${stamp("00O ")}\u001B[32;1m$ printf '~H:1:%s\\n'\u001B[0;m`,
      `${stamp("01O ")}~O:1:17:xx`,
      `${stamp("01E ")}~E:1:3:`,
      `${stamp("01O ")}~O:2:18:`,
      "~H:1:abc",
      "",
    ].join("\n"),
  );
  expect(Object.fromEntries(lines)).toEqual({ O: ["~O:1:17:xx", "~O:2:18:"], E: ["~E:1:3:"], H: ["~H:1:abc"] });
  expect(mangled).toEqual([]);
  expect(lastStage).toBe("step_script");
});

it("a line that goes into another one is told", () => {
  expect(readLog("~O:1:17~O:2:18:x\n").mangled).toEqual(["~O:1:17~O:2:18:x"]);
  expect(readLog("words ~E:1:17:\n").mangled).toEqual(["words ~E:1:17:"]);
});

it("a line goes on below what the agent said in the middle of it", () => {
  const warning = "\u001B[0;33mWARNING: The connection was cut\u001B[0;m\n";
  expect(readLog(`$ x\n~M:1:${warning}[MASKED]:end\n${warning}~M:2:x\n`).lines.get("M")).toEqual([
    "~M:1:[MASKED]:end",
    "~M:2:x",
  ]);
});
