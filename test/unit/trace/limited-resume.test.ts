import fc from "fast-check";
import { cp, mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { CheckpointSlots } from "../../../src/journal/checkpoint-slots.ts";
import type { Clock } from "../../../src/support/clock.ts";
import { closeLeftLog, leftLogSize } from "../../../src/trace/left-log.ts";
import { openJobTrace } from "../../../src/trace/open-job-trace.ts";

const clock: Clock = {
  now: () => Date.UTC(2021, 0, 1),
  monotonic: () => 0,
  sleep: () => Promise.reject(new Error("nobody sleeps here")),
};

async function withDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "longshore-limited-"));
  try {
    await body(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** As an agent does that starts, with whatever an earlier one left. */
async function begin(directory: string, onCheckpoint: () => Promise<void> = () => Promise.resolve()) {
  const spoolPath = join(directory, "trace.log");
  const found = await readFile(spoolPath).catch(() => Buffer.alloc(0));
  const size = await leftLogSize(spoolPath, found.length);
  const resume = await CheckpointSlots.read(directory, size);
  const slots = await CheckpointSlots.open(directory, size);
  const opened = await openJobTrace({
    spoolPath,
    recordCheckpoint: async (checkpoint, committed) => {
      await slots.record(checkpoint, committed);
      await onCheckpoint();
    },
    recordMasks: () => Promise.resolve(),
    clock,
    secrets: ["secret"],
    tokens: { allDefaultTokens: true, prefixes: [] },
    timestamps: false,
    sections: false,
    outputLimitKilobytes: 1,
    ...(resume === null ? {} : { resume }),
  });
  const close = async () => {
    await opened.close();
    await slots.close();
  };
  return { ...opened, close, spoolPath };
}

type Log = Awaited<ReturnType<typeof begin>>;

/** Writes what the log has not got yet of the output, which is given as writes. */
async function writeRest({ trace }: Log, writes: readonly string[]): Promise<void> {
  const known = trace.consumed("stdout");
  trace.replay("stdout", 0, Buffer.from(writes.join("")));
  let at = 0;
  for (const text of writes) {
    const bytes = Buffer.from(text);
    const fresh = bytes.subarray(Math.max(0, known - at));
    at += bytes.length;
    if (fresh.length > 0) await trace.write("stdout", fresh);
    await new Promise((resolve) => void setImmediate(resolve));
  }
}

async function finish(log: Log): Promise<string> {
  await log.trace.flush();
  await log.trace.close();
  await log.close();
  return readFile(log.spoolPath, "utf8");
}

const line = fc.integer({ min: 0, max: 30 }).map((length) => `${"x".repeat(length)} secret\n`);
const long = fc.integer({ min: 1, max: 9 }).map((kilobytes) => `${"0123456789abcde\n".repeat(kilobytes * 1024)}`);
const writesArbitrary = fc.array(fc.oneof({ weight: 3, arbitrary: line }, { weight: 2, arbitrary: long }), {
  minLength: 5,
  maxLength: 60,
});

test("an agent killed before any write to the disk, or after the last, leaves a log that ends as if it had lived", async () => {
  await fc.assert(
    fc.asyncProperty(writesArbitrary, fc.nat(15), async (writes, killedAt) => {
      await withDirectory(async (directory) => {
        const inDirectory = async (name: string) => {
          await mkdir(join(directory, name));
          return join(directory, name);
        };
        const undisturbed = await begin(await inDirectory("whole"));
        await writeRest(undisturbed, writes);
        const expected = await finish(undisturbed);

        const killed = await inDirectory("killed");
        const left = join(directory, "left");
        let checkpoints = 0;
        const leave = () => cp(killed, left, { recursive: true });
        const first = await begin(killed, async () => {
          if (checkpoints++ === killedAt) await leave();
        });
        await writeRest(first, writes);
        await first.trace.flush();
        if (checkpoints <= killedAt) await leave();
        await first.close();

        const second = await begin(left);
        await writeRest(second, writes);
        expect(await finish(second)).toBe(expected);
      });
    }),
    { numRuns: 100 },
  );
}, 60_000);

test("a log is cut, most of it is left out, and its last 256 KiB begin with a line", async () => {
  await withDirectory(async (directory) => {
    const log = await begin(directory);
    const lines = Array.from({ length: 200_000 }, (_, index) => `line ${index}\n`);
    await writeRest(log, [lines.join("")]);
    await log.trace.error("Job failed: exit code 1");
    const text = await finish(log);
    const [, head, left, count, end] =
      /^(.*)\n.{7}Job's log exceeded limit of 1024 bytes\.\n[^\n]*\n.{7}(\d+) bytes of the log are left out here\. Its last (\d+) bytes:.{5}\n(.*)$/s.exec(
        text,
      ) ?? [];
    expect(lines.join("").startsWith(head ?? "?")).toBe(true);
    const raw = `${lines.join("")}\u001b[31;1mERROR: Job failed: exit code 1\u001b[0;m\n`;
    expect(raw.endsWith(end ?? "?")).toBe(true);
    expect(end).toMatch(/^line \d+\n/);
    expect(Number(count)).toBe(end?.length);
    expect(256 * 1024 - Number(count)).toBeLessThan(20);
    expect(1024 + Number(left) + Number(count)).toBe(raw.length);
  });
});

test("the log of an agent that never came back is ended by the next one, which may do so again", async () => {
  await withDirectory(async (directory) => {
    const log = await begin(directory);
    await writeRest(log, ["a line\n".repeat(100_000)]);
    await log.trace.flush();
    await log.close();
    await closeLeftLog(log.spoolPath, "the agent was stopped\n");
    const text = await readFile(log.spoolPath, "utf8");
    expect(text).toMatch(
      /Job's log exceeded limit[^]*\d+ bytes of the log are left out here[^]*a line\nthe agent was stopped\n$/,
    );
    await closeLeftLog(log.spoolPath);
    expect(await readFile(log.spoolPath, "utf8")).toBe(text);
  });
});

test("a log below its limit only gets the last words", async () => {
  await withDirectory(async (directory) => {
    const log = await begin(directory);
    await writeRest(log, ["a line\n"]);
    await log.trace.flush();
    await log.close();
    await closeLeftLog(log.spoolPath, "the agent was stopped\n");
    await closeLeftLog(log.spoolPath);
    expect(await readFile(log.spoolPath, "utf8")).toBe("a line\nthe agent was stopped\n");
  });
});
