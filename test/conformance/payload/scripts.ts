import { expect } from "vitest";
import type { Case } from "../case.ts";

const numbers = Array.from({ length: 50 }, (_, number) => number);
const lines = numbers.map((number) => `echo out-${number}; echo err-${number} >&2`);

/** What a script's lines find, and how they show. */
export const scriptCases: readonly Case[] = [
  {
    title: "each line of a script shows before it runs, and its output follows in order",
    prove: async (world) => {
      const { log } = await world.run({ script: lines });
      // The daemon reads the two streams side by side: what it finds in both at once, it takes in any order.
      const ordered = (prefix: string) => log.split("\n").filter((line) => line.startsWith(prefix));
      expect(ordered("err-")).toEqual(numbers.map((number) => `err-${number}`));
      const shown = log.match(/^(?:\$ echo out-|out-).*\n/gm)?.join("");
      expect(shown).toBe(lines.map((line, number) => `$ ${line}\nout-${number}\n`).join(""));
    },
  },
  {
    title: "a script finds its standard input empty",
    job: { script: ["cat; echo the end", "wc -c"] },
    observed: { log: ["$ cat; echo the end\nthe end\n$ wc -c\n0\n"] },
  },
  {
    title: "a script has its image's umask, and keeps files and variables from line to line",
    job: { script: ["umask", "kept=yes", "touch file", "ls; echo $kept"] },
    observed: { log: ["$ umask\n0022\n", "$ ls; echo $kept\nfile\nyes\n"] },
  },
  {
    title: "a command of several lines shows its first, and runs whole",
    job: { script: ["for word in one two; do\n  echo $word\ndone"] },
    observed: { log: ["$ for word in one two; do # collapsed multi-line command\none\ntwo\n"] },
  },
  {
    title: "after_script runs in the project directory, wherever the script went",
    job: { script: ["cd /; touch $CI_PROJECT_DIR/file"], afterScript: ["ls"] },
    observed: { log: ["Running after script...\n$ ls\nfile\n"] },
  },
  {
    title: "a script may be hundreds of kilobytes long",
    job: { script: [`text='${"0123456789abcdef".repeat(16 * 1024)}'`, "echo ${#text}"] },
    observed: { log: ["\n262144\n"] },
  },
];
