import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Clock } from "../../../src/support/clock.ts";
import type { OpenJobTraceOptions } from "../../../src/trace/open-job-trace.ts";
import { begin, type Log, withDirectory } from "./left-logs.ts";

/** Sleeps end with the turn of the event loop, and take their time. */
function leapingClock(onSleep: () => Promise<void> = () => Promise.resolve()): Clock {
  let now = 0;
  return {
    now: () => Date.UTC(2021, 0, 1) + now,
    monotonic: () => now,
    sleep: async (ms) => {
      await onSleep();
      await new Promise((resolve) => void setImmediate(resolve));
      now += ms;
    },
  };
}

const lines = Array.from({ length: 200 }, (_, index) => `line ${index}\n`);

/** The log of a job whose agent's disk has no room for another file from the beginning on; the place of one is taken. */
async function scene(directory: string, options: Partial<OpenJobTraceOptions>) {
  const told: string[] = [];
  const log = await begin(directory, undefined, {
    outputLimitKilobytes: 1,
    patienceMs: 5_000,
    onTrouble: (trouble) => told.push(trouble === null ? "well" : `${trouble.error.code} ${String(trouble.isOver)}`),
    ...options,
  });
  await mkdir(join(directory, "trace.log.tail"));
  for (const line of lines) await log.trace.write("stdout", Buffer.from(line));
  return { log, told };
}

async function shown({ spool }: Log): Promise<string> {
  const pieces: Buffer[] = [];
  for (let at = 0; at < spool.size; at += pieces.at(-1)?.length ?? 1) pieces.push(await spool.read(at, 100_000));
  return Buffer.concat(pieces).toString();
}

const whole = new RegExp(
  `^${lines.join("").slice(0, 1024)}\n[^\n]*exceeded limit[^\n]*\n[^\n]*\n[^\n]*The rest of the log:[^\n]*\n${lines.join("").slice(1024)}$`,
);

test("a disk that is full at the moment of the cut is waited for, and nothing of the log is lost", async () => {
  await withDirectory(async (directory) => {
    let sleeps = 0;
    const clock = leapingClock(async () => {
      if (++sleeps === 3) await rm(join(directory, "trace.log.tail"), { recursive: true });
    });
    const { log, told } = await scene(directory, { clock });
    await log.trace.flush();
    await log.trace.close();
    expect(told).toEqual(["TRACE_SPOOL false", "well"]);
    await log.close();
    expect(await readFile(log.spoolPath, "utf8")).toMatch(whole);
  });
});

test("when it stays full the job ends with the reason, and its log is told from memory to the end", async () => {
  await withDirectory(async (directory) => {
    const { log, told } = await scene(directory, { clock: leapingClock() });
    await log.trace.flush();
    await log.trace.close();
    expect(told).toEqual(["TRACE_SPOOL false", "TRACE_SPOOL true"]);
    expect(await shown(log)).toMatch(whole);
    await expect(log.close()).rejects.toThrow("can't be kept on disk");
  });
});

test("a script that prints without end then takes no memory without end", async () => {
  await withDirectory(async (directory) => {
    const { log } = await scene(directory, { clock: leapingClock() });
    for (let part = 0; part < 100; part++)
      await log.trace.write("stdout", Buffer.alloc(64 * 1024, "0123456789abcde\n"));
    await log.trace.error("the disk is full");
    await log.trace.flush();
    await log.trace.close();
    expect(log.spool.size).toBeLessThan(300 * 1024);
    expect(await shown(log)).toMatch(
      /^line 0\n[^]*exceeded limit[^]*\n.{7}\d+ bytes of the log are left out here[^]*ERROR: the disk is full.{5}\n$/,
    );
    await log.close().catch(() => {});
  });
});

test("a secret whose record fails for good ends the job with the reason, and is hidden to the end", async () => {
  await withDirectory(async (directory) => {
    const told: string[] = [];
    const log = await begin(directory, undefined, {
      clock: leapingClock(),
      patienceMs: 5_000,
      recordMasks: () => Promise.reject(new Error("the journal is broken")),
      onTrouble: (trouble) =>
        told.push(trouble === null ? "well" : `${trouble.error.message} ${String(trouble.isOver)}`),
    });
    await log.trace.write("stdout", Buffer.from("::add-mask::found-it\nfound-it\n"));
    await log.trace.error("the job is ended, found-it");
    await log.trace.flush();
    expect(told).toEqual([
      expect.stringMatching(/the journal is broken false$/),
      expect.stringMatching(/broken true$/),
    ]);
    expect(await shown(log)).toMatch(/^::add-mask::\[MASKED\]\n\[MASKED\]\n.*the job is ended, \[MASKED\].*\n$/);
    expect(await readFile(log.spoolPath, "utf8")).toBe("");
    await log.close().catch(() => {});
  });
});
