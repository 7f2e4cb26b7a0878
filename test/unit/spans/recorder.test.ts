import { asyncProperty, array, assert as check, constantFrom, double, record } from "fast-check";
import { describe, expect, it } from "vitest";
import { SpanRecorder } from "../../../src/spans/recorder.ts";
import type { SpanData } from "../../../src/spans/span.ts";
import { lengthOf, summarize } from "../../../src/spans/summary.ts";

/** A clock that the test moves on; the job was asked for at 90 and received at 100. */
function start() {
  let now = 100;
  const recorder = new SpanRecorder(() => now, { askedAt: 90, receivedAt: 100 }, "receive");
  return { recorder, pass: (ms: number) => void (now += ms) };
}

const phases = (recorder: SpanRecorder) => recorder.list().filter((span) => span.place === "phase");
const named = (recorder: SpanRecorder, name: string) => recorder.list().filter((span) => span.name === name);

/** What may happen to a job, each step taking some time. */
const step = record({
  kind: constantFrom("body", "failing body", "nested body", "enter", "part", "beside"),
  ms: double({ min: 0, max: 10_000, noNaN: true }),
});

describe("phases", () => {
  it("whatever happens, do not overlap, and with what lies between them are the duration", async () => {
    const run = asyncProperty(array(step, { maxLength: 40 }), async (steps) => {
      const { recorder, pass } = start();
      let between = 0;
      let isOpen = true;
      for (const [index, { kind, ms }] of steps.entries()) {
        const spend = () => Promise.resolve(pass(ms));
        if (kind === "enter") recorder.enter(`phase ${index}`);
        if (kind === "body") await recorder.phase("body", spend);
        if (kind === "nested body") await recorder.phase("outer", () => recorder.phase("inner", spend));
        if (kind === "part") await recorder.run("part", {}, spend);
        if (kind === "beside") await recorder.beside("beside", spend);
        if (kind === "failing body") {
          const failing = recorder.phase("fails", async () => {
            await spend();
            throw new Error("no");
          });
          await expect(failing).rejects.toThrow("no");
        }
        if (kind === "enter") {
          isOpen = true;
          pass(ms);
        } else if (kind.includes("body")) isOpen = false;
        else if (!isOpen) between += ms;
      }
      recorder.finish();
      const list = phases(recorder);
      for (const [index, span] of list.entries()) {
        expect(span.endMs).toBeGreaterThanOrEqual(span.startMs);
        expect(span.startMs).toBeGreaterThanOrEqual(list[index - 1]?.endMs ?? 0);
      }
      expect(list[0]?.startMs).toBe(0);
      expect(summarize(recorder.list()).sumMs + between).toBeCloseTo(recorder.durationMs, 4);
    });
    await check(run, { numRuns: 300 });
  });

  it("begin with the job's receipt, however late the recorder is made", () => {
    const recorder = new SpanRecorder(() => 250, { askedAt: 90, receivedAt: 100 }, "receive");
    recorder.enter("next");
    expect(phases(recorder)[0]).toMatchObject({ name: "receive", startMs: 0, endMs: 150 });
    expect(named(recorder, "ask")).toMatchObject([{ startMs: -10, endMs: 0 }]);
  });

  it("that were entered end where the next one begins, with or without a body", async () => {
    const { recorder, pass } = start();
    await recorder.phase("first", () => Promise.resolve(pass(1)));
    recorder.enter("between");
    pass(2);
    await recorder.phase("second", () => Promise.resolve(pass(4)));
    expect(phases(recorder).map((span) => [span.name, lengthOf(span)])).toEqual([
      ["receive", 0],
      ["first", 1],
      ["between", 2],
      ["second", 4],
    ]);
  });

  it("end with the job: what comes later is no part of its duration", async () => {
    const { recorder, pass } = start();
    recorder.enter("final");
    pass(10);
    recorder.finish();
    pass(500);
    await recorder.after("removal", () => Promise.resolve(pass(30)));
    expect(recorder.durationMs).toBe(10);
    expect(summarize(recorder.list()).sumMs).toBe(10);
    expect(named(recorder, "removal")).toMatchObject([{ place: "outside", startMs: 510, endMs: 540 }]);
  });

  it("within a phase of their own body become a part of it", async () => {
    const { recorder } = start();
    await recorder.phase("outer", () => recorder.phase("inner", () => Promise.resolve()));
    const [outer, inner] = [...named(recorder, "outer"), ...named(recorder, "inner")] as [SpanData, SpanData];
    expect(inner).toMatchObject({ place: "inner", parent: outer.id });
  });
});

describe("the time of asking", () => {
  it("lies before the job and ends with its receipt", () => {
    expect(named(start().recorder, "ask")).toMatchObject([{ place: "outside", startMs: -10, endMs: 0 }]);
  });
});

describe("a span", () => {
  it("may outlive the one that it is a part of, and begin when that is over", async () => {
    const { recorder, pass } = start();
    const build = await recorder.phase("prepare", (span) => Promise.resolve(span.start("build")));
    pass(5);
    const created = build.start("create");
    pass(5);
    created.end();
    build.end();
    recorder.finish();
    expect(named(recorder, "create")).toMatchObject([{ startMs: 5, endMs: 10 }]);
    expect(named(recorder, "build").map(lengthOf)).toEqual([10]);
  });

  it("ends anew where more of it follows", async () => {
    const { recorder, pass } = start();
    const span = await recorder.run("service", {}, (part) => Promise.resolve(part));
    pass(7);
    span.end("error");
    expect(named(recorder, "service")).toMatchObject([{ endMs: 7, outcome: "error" }]);
  });

  it("keeps the class of an error, never its message", async () => {
    const { recorder } = start();
    const failing = recorder.run("pull", { image: "a" }, () => Promise.reject(new TypeError("a secret")));
    await expect(failing).rejects.toThrow("a secret");
    expect(named(recorder, "pull")).toMatchObject([
      { outcome: "error", attributes: { image: "a", error: "TypeError" } },
    ]);
    expect(JSON.stringify(recorder.list())).not.toContain("a secret");
  });

  it("can go through and have failed all the same", async () => {
    const { recorder } = start();
    const code = await recorder.phase("script", (span) => {
      span.spoil();
      return Promise.resolve(3);
    });
    expect(code).toBe(3);
    expect(named(recorder, "script")).toMatchObject([{ outcome: "error" }]);
  });

  it("that never ends is an error up to the job's end", () => {
    const { recorder, pass } = start();
    recorder.enter("final").start("hangs");
    pass(9);
    recorder.finish();
    expect(named(recorder, "hangs")).toMatchObject([
      { startMs: 0, endMs: 9, outcome: "error", attributes: { unfinished: true } },
    ]);
  });

  it("outside any phase goes beside them", async () => {
    const { recorder } = start();
    await recorder.phase("one", () => Promise.resolve());
    await recorder.run("stray", {}, () => Promise.resolve());
    expect(named(recorder, "stray")).toMatchObject([{ place: "beside", parent: null }]);
  });

  it("beyond a thousand is not kept", async () => {
    const { recorder } = start();
    for (let number = 0; number < 1_500; number++) await recorder.phase("again", () => Promise.resolve());
    expect(recorder.list()).toHaveLength(1_000);
  });
});
