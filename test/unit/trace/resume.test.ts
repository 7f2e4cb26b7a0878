import fc from "fast-check";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Clock } from "../../../src/support/clock.ts";
import type { TraceCheckpoint } from "../../../src/trace/checkpoint.ts";
import { openJobTrace } from "../../../src/trace/open-job-trace.ts";
import type { TraceSource } from "../../../src/trace/trace.ts";

const stillClock: Clock = {
  now: () => Date.UTC(2021, 0, 1),
  monotonic: () => 0,
  sleep: () => Promise.reject(new Error("nobody sleeps here")),
};

interface Run {
  readonly earlierMasks?: readonly string[];
  readonly recorded?: string[];
  readonly onRecord?: () => Promise<void>;
  readonly directory: string;
  readonly timestamps: boolean;
  readonly resume?: TraceCheckpoint;
  readonly checkpoints: TraceCheckpoint[];
}

function open({ directory, timestamps, resume, checkpoints, earlierMasks = [], recorded = [], onRecord }: Run) {
  return openJobTrace({
    spoolPath: join(directory, "trace.log"),
    recordCheckpoint: (checkpoint) => {
      checkpoints.push(structuredClone(checkpoint));
      return Promise.resolve();
    },
    recordMasks: async (values) => {
      recorded.push(...values);
      await onRecord?.();
    },
    earlierMasks,
    clock: stillClock,
    secrets: ["secret", "multi\nline"],
    tokens: { allDefaultTokens: true, prefixes: [] },
    timestamps,
    sections: false,
    outputLimitKilobytes: 0,
    ...(resume === undefined ? {} : { resume }),
  });
}

const piece = fc.constantFrom(
  "sec",
  "ret",
  "secret",
  "glpat-",
  "x",
  "multi\n",
  "line",
  "\n",
  "ü".slice(0),
  "?private_token=",
  " ",
);
const scenario = fc.record({
  timestamps: fc.boolean(),
  writes: fc.array(
    fc.record({
      source: fc.constantFrom<TraceSource>("stdout", "stderr"),
      text: piece,
      drained: fc.boolean(),
      flushed: fc.nat(9).map((roll) => roll === 0),
    }),
    { minLength: 1, maxLength: 25 },
  ),
  /** Where in the spool the agent was killed, as a share of what it wrote. */
  cut: fc.double({ min: 0, max: 1, noNaN: true }),
});

test("killed at any byte and resumed from the checkpoint, the log is the same as without the kill", async () => {
  await fc.assert(
    fc.asyncProperty(scenario, async ({ timestamps, writes, cut }) => {
      const directory = await mkdtemp(join(tmpdir(), "longshore-resume-"));
      const checkpoints: TraceCheckpoint[] = [];
      const { trace, spool } = await open({ directory, timestamps, checkpoints });
      for (const { source, text, drained, flushed } of writes) {
        await trace.write(source, Buffer.from(text));
        // The event loop turns and the disk is quick: a batch ends here.
        if (drained) await new Promise((resolve) => void setImmediate(resolve));
        if (drained) await spool.drain();
        if (flushed) await trace.flush();
      }
      await trace.flush();
      const whole = await spool.read(0, spool.size);
      await spool.close();

      const left = Math.floor(whole.length * cut);
      await writeFile(join(directory, "trace.log"), whole.subarray(0, left));
      const resume = checkpoints.findLast(({ spoolBytes }) => spoolBytes <= left);
      const second = await open({
        directory,
        timestamps,
        checkpoints: [],
        ...(resume === undefined ? {} : { resume }),
      });
      for (const [source, bytes] of rawOutput(writes)) second.trace.replay(source, 0, bytes);
      for (const { source, bytes, flushed } of later(writes, resume)) {
        await second.trace.write(source, bytes);
        if (flushed) await second.trace.flush();
      }
      await second.trace.flush();
      expect((await second.spool.read(0, second.spool.size)).toString()).toBe(whole.toString());
      await second.spool.close();
      await rm(directory, { recursive: true });
    }),
    { numRuns: 300 },
  );
}, 60_000);

interface Write {
  readonly source: TraceSource;
  readonly text: string;
  readonly flushed: boolean;
}

function rawOutput(writes: readonly Write[]): [TraceSource, Buffer][] {
  return (["stdout", "stderr"] as const).map((source) => [
    source,
    Buffer.from(
      writes
        .filter((write) => write.source === source)
        .map(({ text }) => text)
        .join(""),
    ),
  ]);
}

/** What is left to do for a reader of the container's log that skips what the checkpoint counts. */
function later(writes: readonly Write[], resume: TraceCheckpoint | undefined) {
  const seen = { executor: 0, stdout: 0, stderr: 0, service: 0 };
  return writes.map(({ source, text, flushed }) => {
    const bytes = Buffer.from(text);
    const from = seen[source];
    seen[source] += bytes.length;
    const done = resume !== undefined && seen.stdout <= resume.flushed.stdout && seen.stderr <= resume.flushed.stderr;
    const skipped = Math.max(0, (resume?.consumed[source] ?? 0) - from);
    return { source, bytes: bytes.subarray(skipped), flushed: flushed && !done };
  });
}

test("a secret that the script named is hidden after a kill, also one whose naming was cut by it", async () => {
  const directory = await mkdtemp(join(tmpdir(), "longshore-resume-"));
  const checkpoints: TraceCheckpoint[] = [];
  const recorded: string[] = [];
  const before = "::add-mask::first-found\n::add-mask::second-";
  const first = await open({ directory, timestamps: false, checkpoints, recorded });
  await first.trace.write("stdout", Buffer.from(before));
  await first.trace.write("executor", Buffer.from("a line\n"));
  await first.spool.drain();
  await first.close();
  expect(recorded).toEqual(["first-found"]);

  const resume = checkpoints.at(-1) as TraceCheckpoint;
  const second = await open({ directory, timestamps: false, checkpoints, resume, earlierMasks: recorded, recorded });
  second.trace.replay("stdout", 0, Buffer.from(before));
  await second.trace.write("stdout", Buffer.from("found\nfirst-found, second-found\n"));
  await second.trace.flush();
  expect(recorded).toEqual(["first-found", "second-found"]);
  expect((await second.spool.read(0, second.spool.size)).toString()).toBe(
    "::add-mask::[MASKED]\n::add-mask::[MASKED]a line\n\n[MASKED], [MASKED]\n",
  );
  await second.close();
  await rm(directory, { recursive: true });
});

test("nothing that comes after the naming of a secret is written before that is on record", async () => {
  const directory = await mkdtemp(join(tmpdir(), "longshore-resume-"));
  const checkpoints: TraceCheckpoint[] = [];
  const { promise, resolve } = Promise.withResolvers<void>();
  const { trace, spool, close } = await open({ directory, timestamps: false, checkpoints, onRecord: () => promise });
  await trace.write("stdout", Buffer.from("::add-mask::found-it\n"));
  const flushed = trace.flush();
  await new Promise((settled) => void setImmediate(settled));
  expect([spool.size, checkpoints]).toEqual([0, []]);
  resolve();
  await flushed;
  expect(spool.size).toBeGreaterThan(0);
  await close();
  await rm(directory, { recursive: true });
});

test("a secret that the agent learned is hidden in every source, also after a kill", async () => {
  const directory = await mkdtemp(join(tmpdir(), "longshore-resume-"));
  const checkpoints: TraceCheckpoint[] = [];
  const recorded: string[] = [];
  const first = await open({ directory, timestamps: false, checkpoints, recorded });
  await first.trace.learnSecret("from-a-helper");
  await first.trace.write("stdout", Buffer.from("from-a-helper\n"));
  await first.trace.line("says from-a-helper");
  await first.trace.flush();
  await first.close();

  const resume = checkpoints.at(-1) as TraceCheckpoint;
  const second = await open({ directory, timestamps: false, checkpoints, resume, earlierMasks: recorded });
  await second.trace.write("stderr", Buffer.from("from-a-helper\n"));
  await second.trace.flush();
  expect((await second.spool.read(0, second.spool.size)).toString()).toBe(
    "[MASKED]\n\u001b[0Ksays [MASKED]\u001b[0;m\n[MASKED]\n",
  );
  await second.close();
  await rm(directory, { recursive: true });
});

test("what a kill finds given out is not doubled when a secret is known since that begins with it", async () => {
  const text = "a word: fou";
  const rest = "nd-it\n::add-mask::found-it\nfound-it\n";
  for (let killedAfter = 1; killedAfter <= text.length; killedAfter++) {
    const directory = await mkdtemp(join(tmpdir(), "longshore-resume-"));
    const checkpoints: TraceCheckpoint[] = [];
    const first = await open({ directory, timestamps: false, checkpoints });
    await first.trace.write("stdout", Buffer.from(text.slice(0, killedAfter)));
    // It turns: what was gathered goes on its way.
    await new Promise((resolve) => void setImmediate(resolve));
    await first.spool.drain();
    await first.close();

    const resume = checkpoints.at(-1) as TraceCheckpoint;
    // Another stream had named it, or this one after the checkpoint.
    const second = await open({ directory, timestamps: false, checkpoints, resume, earlierMasks: ["found-it"] });
    second.trace.replay("stdout", 0, Buffer.from(text.slice(0, killedAfter)));
    await second.trace.write("stdout", Buffer.from(text.slice(killedAfter) + rest));
    await second.trace.flush();
    const shown = (await second.spool.read(0, second.spool.size)).toString();
    // Of a secret that was given out in part, and was none then, the rest is hidden.
    const given = text.slice(8, killedAfter);
    expect(shown).toBe(`a word: ${given === "" ? "[MASKED]" : given}\n::add-mask::[MASKED]\n[MASKED]\n`);
    await second.close();
    await rm(directory, { recursive: true });
  }
});
