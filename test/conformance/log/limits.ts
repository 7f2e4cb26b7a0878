import { expect } from "vitest";
import type { Case } from "../case.ts";

const small = { settings: "output_limit = 8" };
const tailBytes = 256 * 1024;

export const limits: readonly Case[] = [
  {
    title: "a log that exceeds output_limit has its head, a line that says how much is left out, and its last 256 KiB",
    differs: "it shows the head alone, and not even the job's last line",
    config: small,
    prove: async (world) => {
      const { job, raw } = await world.run({
        script: ["seq -f 'line %.0f of many' 1 50000", "echo the last words of the script"],
        afterScript: ["echo after it"],
      });
      const [, head = "", left = "", bytes = "", end = ""] =
        /^([^]*)\n.{7}Job's log exceeded limit of 8192 bytes\.\n[^\n]*\n.{7}(\d+) bytes of the log are left out here\. Its last (\d+) bytes:.{5}\n([^]*)$/.exec(
          raw,
        ) ?? [];
      expect([job.state, Buffer.byteLength(head), Buffer.byteLength(end)]).toEqual(["success", 8192, Number(bytes)]);
      expect(Number(bytes)).toBeGreaterThan(tailBytes - 100);
      expect(end).toMatch(/^line \d+ of many\n/);
      expect(end).toMatch(/\nline 50000 of many\n[^]*the last words of the script\n[^]*\nafter it\n[^]*Job succeeded/);
      const first = Number(/^line (\d+)/.exec(end)?.[1]);
      const shown = head.split("\n").filter((line) => line.startsWith("line ")).length;
      expect(Number(left)).toBeGreaterThan((first - shown - 2) * "line 1 of many\n".length);
    },
  },
  {
    title: "a log that exceeds output_limit by less than that is there as a whole",
    differs: "it shows the head alone",
    config: small,
    prove: async (world) => {
      const { log } = await world.run({ script: ["seq -f 'line %.0f of some' 1 2000"] });
      const notice = /\nJob's log exceeded limit of 8192 bytes\.\n[^\n]*\nThe rest of the log:\n/;
      expect(log).toMatch(notice);
      const lines = log.replace(notice, "").split("\n");
      const numbers = lines.flatMap((line) => /^line (\d+) of some$/.exec(line)?.[1] ?? []);
      expect(numbers).toEqual(Array.from({ length: 2000 }, (_, index) => String(index + 1)));
    },
  },
  {
    title: "a masked value is hidden where the log is cut, and neither cut goes through a character",
    differs: "it shows the head alone",
    config: small,
    prove: async (world) => {
      const { raw } = await world.run({
        script: ['i=0; while [ $i -lt 9000 ]; do echo "ü€🚢 $SECRET ü€🚢"; i=$((i+1)); done'],
        secrets: { SECRET: "correct-horse-battery" },
      });
      expect(raw).not.toMatch(/correct|horse|battery|\uFFFD/);
      expect(raw).toMatch(/Job succeeded/);
    },
  },
  {
    title: "sections that begin before the cut or in what is left out begin and end in what is shown",
    differs: "it shows the head alone",
    config: small,
    prove: async (world) => {
      const { raw } = await world.run({
        script: ["seq 1 100000"],
        afterScript: ["seq 1 100000"],
        variables: { GIT_STRATEGY: "none" },
      });
      const marks = [...raw.matchAll(/section_(start|end):\d+:(\w+)/g)].map(([, kind, name]) => `${kind} ${name}`);
      expect(marks.slice(-4)).toEqual([
        "start step_script",
        "end step_script",
        "start after_script",
        "end after_script",
      ]);
    },
  },
];
