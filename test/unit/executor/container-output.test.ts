import fc from "fast-check";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PassThrough, Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ContainerOutput } from "../../../src/executor/container-output.ts";
import { beginMarkText, endMarkText } from "../../../src/script/script-marks.ts";
import { systemClock } from "../../../src/support/clock.ts";
import type { JobTrace } from "../../../src/trace/job-trace.ts";
import type { TraceCheckpoint } from "../../../src/trace/checkpoint.ts";
import { openJobTrace } from "../../../src/trace/open-job-trace.ts";
import { type Frame, framed, LoggedContainer, pieceBytes } from "./logged-container.ts";

let directory = "";
const never = new AbortController().signal;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "longshore-output-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

/** A life of the agent, as far as a job's log is concerned. */
async function life(resume?: TraceCheckpoint) {
  const checkpoints: TraceCheckpoint[] = [];
  const { trace, spool } = await openJobTrace({
    spoolPath: join(directory, "trace.log"),
    recordMasks: () => Promise.resolve(),
    recordCheckpoint: async (checkpoint) => {
      checkpoints.push(structuredClone(checkpoint));
    },
    clock: systemClock,
    secrets: ["secret", "777123"],
    tokens: { allDefaultTokens: true, prefixes: [] },
    timestamps: false,
    sections: false,
    outputLimitKilobytes: 0,
    ...(resume === undefined ? {} : { resume }),
  });
  return { trace, checkpoints, close: () => spool.close() };
}

async function textOf(runs: readonly (readonly Frame[])[]): Promise<string> {
  await rm(join(directory, "trace.log"), { force: true });
  const { trace, close } = await life();
  for (const run of runs) {
    for (const { source, text } of run.filter((frame) => !marks.includes(frame)))
      await trace.write(source, Buffer.from(text));
    await trace.flush();
  }
  await close();
  return readFile(join(directory, "trace.log"), "utf8");
}

async function copyRun(output: ContainerOutput, frames: readonly Frame[]): Promise<void> {
  await output.copy(Readable.from(framed(frames)));
}

const mark = { id: "0123456789abcdef" };
/** What a script says of itself comes in pieces, too. */
const inTwo = (source: Frame["source"], text: string): Frame[] =>
  [text.slice(0, 7), text.slice(7)].map((piece) => ({ source, text: piece }));
const firstWords: readonly Frame[] = inTwo("stdout", beginMarkText(mark));
const lastWords: readonly Frame[] = [...inTwo("stdout", endMarkText(mark)), ...inTwo("stderr", endMarkText(mark))];
const marks = [...firstWords, ...lastWords];
const taken: string[] = [];
const outputOf = (container: LoggedContainer, trace: JobTrace) =>
  new ContainerOutput(container.engine, "id", trace, async () => void taken.push("taken"));

interface Story {
  readonly before: readonly Frame[];
  readonly killed: readonly Frame[];
  readonly after: readonly Frame[];
  /** Frames of `killed` that reached the first life. */
  readonly seen: number;
  readonly cuts: readonly number[];
}

/** The log that is there when the agent dies in the middle of the second of three runs. */
async function toldBy({ before, killed, after, seen, cuts }: Story): Promise<string> {
  await rm(join(directory, "trace.log"), { force: true });
  const container = new LoggedContainer();
  const first = await life();
  const output = outputOf(container, first.trace);
  output.beginRun(mark, true);
  await copyRun(output, before);
  await output.endRun();
  await first.trace.flush();
  container.run(before);
  const beginning = output.beginRun(mark, true);
  const cutOff = new PassThrough();
  const copying = output.copy(cutOff);
  for (const bytes of framed(killed.slice(0, seen))) cutOff.write(bytes);
  cutOff.end();
  await copying;
  // Killed: what is gathered and held is lost, what is on its way to the disk stays.
  await first.close();

  const { size } = await stat(join(directory, "trace.log")).catch(() => ({ size: 0 }));
  const second = await life(first.checkpoints.findLast(({ spoolBytes }) => spoolBytes <= size));
  const resumed = outputOf(container, second.trace);
  resumed.resumeRun(beginning, false, true);
  container.run(killed);
  container.cuts = [...cuts, container.log.length];
  while (container.cuts.length > 0) await resumed.follow(never, () => {});
  expect(resumed.began).toBe(true);
  expect(resumed.isWhole).toBe(killed.includes(lastWords[0] as Frame));
  await resumed.endRun();
  await second.trace.flush();
  resumed.beginRun(mark, true);
  await copyRun(resumed, after);
  await resumed.endRun();
  await second.trace.flush();
  await second.close();
  return readFile(join(directory, "trace.log"), "utf8");
}

const words = (source: Frame["source"], pieces: readonly string[]) =>
  fc.constantFrom(...pieces).map((text): Frame => ({ source, text }));
const stdout = words("stdout", [
  "sec",
  "ret",
  "secret",
  "a line\n",
  "ü",
  "x",
  "\n",
  "glpat-",
  "y".repeat(300),
  "z".repeat(pieceBytes),
]);
const stderr = words("stderr", ["777", "123", "777123", "45\n", "6"]);
/** A run whose script says that it is over, or that is killed; where it is killed, its last line has an end, and is short. */
const runs = (frame: fc.Arbitrary<Frame>, maxLength: number) =>
  fc
    .tuple(fc.array(frame, { maxLength }), fc.boolean())
    .map(([frames, isOver]) => [
      ...firstWords,
      ...frames,
      ...(isOver ? lastWords : [{ source: "stdout", text: "\nend\n" } as const]),
    ]);
const stories = (frame: fc.Arbitrary<Frame>) =>
  fc.record({
    before: runs(frame, 6),
    killed: runs(frame, 10),
    after: runs(frame, 6),
    seen: fc.nat(16),
    cuts: fc.array(fc.nat(20), { maxLength: 3 }),
  });

describe("the output of a container whose agent is killed and started again", () => {
  it("is in the log as if nothing had been: nothing lost, nothing twice, no secret between two lives", async () => {
    await fc.assert(
      fc.asyncProperty(stories(stdout), async (story) => {
        const told = await toldBy(story);
        expect(told).toBe(await textOf([story.before, story.killed, story.after]));
      }),
      { numRuns: 150 },
    );
  });

  it("keeps both streams whole, each in its own order", async () => {
    // A line without an end comes late, and what is masked may be of either.
    const apart = (log: string) => {
      const shown = log.split("[MASKED]");
      return [shown.length, shown.join("").replace(/[\d\n]/g, ""), log.replace(/[^\d]/g, "")];
    };
    await fc.assert(
      fc.asyncProperty(stories(fc.oneof(stdout, stderr)), async (story) => {
        const told = await toldBy(story);
        expect(apart(told)).toEqual(apart(await textOf([story.before, story.killed, story.after])));
      }),
      { numRuns: 150 },
    );
  });
});

describe("a run that was cut off before its script began", () => {
  it("leaves nothing of what the shell said about that in the log", async () => {
    const container = new LoggedContainer();
    const { trace, close } = await life();
    const output = outputOf(container, trace);
    output.resumeRun(output.beginRun(mark, true), false, true);
    container.run([{ source: "stderr", text: "sh: unexpected end of file\n" }]);
    await output.follow(never, () => {});
    expect(output.began).toBe(false);
    await output.skipAll(never);
    output.beginRun(mark, true);
    await copyRun(output, [...firstWords, { source: "stdout", text: "$ true\n" }]);
    await output.endRun();
    await trace.flush();
    await close();
    expect(await readFile(join(directory, "trace.log"), "utf8")).toBe("$ true\n");
  });
});

describe("what a shell prints before its script", () => {
  it("is in the log where it was stopped before that", async () => {
    const container = new LoggedContainer();
    const { trace, close } = await life();
    const output = outputOf(container, trace);
    output.beginRun(mark, true);
    await copyRun(output, [{ source: "stderr", text: "waiting\n" }]);
    await output.settle();
    await output.endRun();
    await trace.flush();
    await close();
    expect(await readFile(join(directory, "trace.log"), "utf8")).toBe("waiting\n");
  });
});
