import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Engine } from "../../../src/docker/engine.ts";
import { ContainerOutput } from "../../../src/executor/container-output.ts";
import { beginMarkText, shellMarkText } from "../../../src/script/script-marks.ts";
import { systemClock } from "../../../src/support/clock.ts";
import { openJobTrace, type OpenJobTrace } from "../../../src/trace/open-job-trace.ts";

const mark = { id: "0123456789abcdef" };
let directory = "";
let log: OpenJobTrace;
let output: ContainerOutput;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "longshore-output-"));
  log = await openJobTrace({
    spoolPath: join(directory, "trace.log"),
    recordMasks: () => Promise.resolve(),
    recordCheckpoint: () => Promise.resolve(),
    clock: systemClock,
    secrets: [],
    tokens: { allDefaultTokens: true, prefixes: [] },
    timestamps: false,
    sections: false,
    outputLimitKilobytes: 0,
  });
  output = new ContainerOutput({} as Engine, "id", log.trace, () => Promise.resolve());
});
afterEach(async () => {
  await log.close();
  await rm(directory, { recursive: true });
});

/** As the daemon gives them: one frame each. */
async function print(texts: readonly string[]): Promise<void> {
  const frames = texts.map((text) => {
    const header = Buffer.alloc(8);
    header[0] = 2;
    header.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([header, Buffer.from(text)]);
  });
  await output.copy(Readable.from(frames));
}

async function shown(): Promise<string> {
  await log.trace.flush();
  return readFile(join(directory, "trace.log"), "utf8");
}

describe("a script whose words an entrypoint has bent to standard error", () => {
  it("has begun when it says so there, and nothing of it waits any more", async () => {
    output.beginRun(mark, false);
    await print([shellMarkText, shellMarkText, "of the shell's\n"]);
    expect([output.isAtShell, output.began, await shown()]).toEqual([true, false, ""]);
    const begin = beginMarkText(mark);
    await print([begin.slice(0, 7), begin.slice(7), "output\n"]);
    expect([output.began, await shown()]).toEqual([true, "of the shell's\noutput\n"]);
  });
});

describe("more than a shell says before its script", () => {
  it("is in the log as it came", async () => {
    const lines = ["first\n", `${"x".repeat(70_000)}\n`, "last\n"];
    output.beginRun(mark, true);
    await print(lines);
    await output.endRun();
    expect(await shown()).toBe(lines.join(""));
  });
});
