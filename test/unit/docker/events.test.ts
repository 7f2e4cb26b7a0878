import { describe, expect, it } from "vitest";
import type { Engine } from "../../../src/docker/engine.ts";
import { causeOfEnd, type EndedRun } from "../../../src/docker/events.ts";

const signal = new AbortController().signal;
const run: EndedRun = { exitCode: 137, oomKilled: false, startedAt: 1_000, finishedAt: 5_000, memoryLimit: 2 ** 24 };
const oom = { Action: "oom", Actor: { Attributes: { name: "build" } } };
const killedWith = (number: string) => ({ Action: "kill", Actor: { Attributes: { signal: number } } });

function engineThatSaw(events: readonly object[], pieces = 1) {
  const asked: Readonly<Record<string, unknown>>[] = [];
  const text = Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  const size = Math.max(1, Math.ceil(text.length / pieces));
  const getEvents = async (options: Readonly<Record<string, unknown>>) => {
    asked.push(options);
    return (async function* () {
      for (let at = 0; at < text.length; at += size) yield text.subarray(at, at + size);
    })();
  };
  return { engine: { getEvents } as unknown as Engine, asked };
}

describe("the cause of a container's end", () => {
  it.each([
    ["nothing that Docker saw", [], null],
    ["the kernel, of which the container's state does not tell", [oom], "out-of-memory"],
    ["a SIGKILL, which ends what does not end", [killedWith("9")], null],
    ["somebody who asked for it", [killedWith("15"), killedWith("9")], "stopped"],
    ["the kernel, after a signal that has not ended it", [killedWith("9"), oom], "out-of-memory"],
  ])("is %s", async (_, events, cause) => {
    for (const pieces of [1, 7]) {
      expect(await causeOfEnd(engineThatSaw(events, pieces).engine, "id", run, signal)).toBe(cause);
    }
  });

  it("is the kernel without a question where the state tells", async () => {
    const { engine, asked } = engineThatSaw([]);
    expect(await causeOfEnd(engine, "id", { ...run, oomKilled: true }, signal)).toBe("out-of-memory");
    expect(asked).toEqual([]);
  });

  it.each([
    ["a little longer than it ran, when memory may be why", run, "7.000"],
    ["no longer than it ran, when it ended by itself", { ...run, exitCode: 1 }, "5.001"],
    ["no longer than it ran, when it had all memory", { ...run, memoryLimit: 0 }, "5.001"],
  ])("is looked for %s", async (_, ended, until) => {
    const { engine, asked } = engineThatSaw([]);
    await causeOfEnd(engine, "id", ended, signal);
    expect(asked).toEqual([expect.objectContaining({ since: "1.000", until })]);
  });
});
