import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { systemClock } from "../../../src/support/clock.ts";
import type { JobTraceOptions } from "../../../src/trace/job-trace-options.ts";
import { JobTrace } from "../../../src/trace/job-trace.ts";
import { TraceSpool } from "../../../src/trace/spool.ts";
import { MemoryFile } from "./memory-file.ts";

const file = () => new MemoryFile();
let content = file();
const spoolOf = (memory: MemoryFile) => TraceSpool.open("", { openFile: () => Promise.resolve(memory) });

async function traceWith(options: Partial<JobTraceOptions> = {}): Promise<JobTrace> {
  content = file();
  return new JobTrace({
    spool: await spoolOf(content),
    recordMasks: () => Promise.resolve(),
    clock: systemClock,
    secrets: ["hunter22"],
    tokens: { allDefaultTokens: true, prefixes: [] },
    timestamps: false,
    sections: true,
    outputLimitKilobytes: 0,
    ...options,
  });
}

beforeEach(() => {
  vi.useFakeTimers({ now: Date.UTC(2021, 0, 1), toFake: ["Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the agent's own lines", () => {
  test("look as GitLab Runner's", async () => {
    const trace = await traceWith();
    await trace.line("Running");
    await trace.info("Job succeeded");
    await trace.warning("careful");
    await trace.error("Job failed: exit code 1");
    await trace.flush();
    expect(content.content.toString()).toBe(
      "\x1b[0KRunning\x1b[0;m\n" +
        "\x1b[32;1mJob succeeded\x1b[0;m\n" +
        "\x1b[0;33mWARNING: careful\x1b[0;m\n" +
        "\x1b[31;1mERROR: Job failed: exit code 1\x1b[0;m\n",
    );
  });

  test("are masked too", async () => {
    const trace = await traceWith();
    await trace.line("https://u:hunter22@h/?private_token=x glpat-y");
    await trace.flush();
    expect(content.content.toString()).toBe(
      "\x1b[0Khttps://u:[MASKED]@h/?private_token=[MASKED] glpat-[MASKED]\x1b[0;m\n",
    );
  });
});

test("what is said of a job elsewhere is masked as its log is", async () => {
  const trace = await traceWith();
  const shown = trace.hide("image https://h/?private_token=x glpat-y hunter22");
  expect(shown).toBe("image https://h/?private_token=[MASKED] glpat-[MASKED] [MASKED]");
});

describe("sections", () => {
  test("a section's end is written however its body ends", async () => {
    const trace = await traceWith();
    expect(await trace.section("prepare_executor", () => trace.line("in").then(() => 5))).toBe(5);
    await expect(trace.section("step_script", () => Promise.reject(new Error("exit 1")))).rejects.toThrow("exit 1");
    await trace.flush();
    expect(content.content.toString()).toBe(
      "section_start:1609459200:prepare_executor\r\x1b[0K\x1b[0Kin\x1b[0;m\n" +
        "section_end:1609459200:prepare_executor\r\x1b[0K" +
        "section_start:1609459200:step_script\r\x1b[0Ksection_end:1609459200:step_script\r\x1b[0K",
    );
  });

  test("without the job feature only the body runs", async () => {
    const trace = await traceWith({ sections: false });
    await trace.section("get_sources", () => trace.write("stdout", Buffer.from("x")));
    await trace.flush();
    expect(content.content.toString()).toBe("x");
  });
});

describe("sources", () => {
  test("the order of the log is the order of the calls, also without awaiting them", async () => {
    const trace = await traceWith();
    const writes = ["stdout", "stderr", "executor", "stdout", "service", "stdout"] as const;
    await Promise.all(writes.map((source, index) => trace.write(source, Buffer.from(`${index}${source} `))));
    await trace.flush();
    expect(content.content.toString()).toBe("0stdout 1stderr 2executor 3stdout 4service 5stdout ");
  });

  test("a secret is found across the writes of one source, whatever others write between them", async () => {
    const trace = await traceWith();
    await trace.write("stdout", Buffer.from("a hunt"));
    await trace.write("stderr", Buffer.from("b "));
    await trace.write("stdout", Buffer.from("er22 c"));
    await trace.flush();
    expect(content.content.toString()).toBe("a b [MASKED] c");
  });

  test("with timestamps the lines of two sources never run into each other", async () => {
    const trace = await traceWith({ timestamps: true });
    await trace.write("stdout", Buffer.from("out"));
    await trace.write("stderr", Buffer.from("err\n"));
    await trace.write("stdout", Buffer.from("put\nrest"));
    await trace.flush();
    const at = "2021-01-01T00:00:00.000000Z";
    expect(content.content.toString()).toBe(`${at} 01E err\n${at} 01O output\n${at} 01O rest\n`);
  });

  test("secrets of several lines are hidden before the lines are stamped", async () => {
    const trace = await traceWith({ timestamps: true, secrets: ["line one!\nline two!"] });
    await trace.write("stdout", Buffer.from("<line one!\nline two!>\n"));
    await trace.flush();
    expect(content.content.toString()).toBe("2021-01-01T00:00:00.000000Z 01O <[MASKED]>\n");
  });

  test("invalid UTF-8 becomes U+FFFD and the limit is shared by all", async () => {
    const trace = await traceWith({ outputLimitKilobytes: 1 });
    await trace.write("stdout", Buffer.from([0xff]));
    await trace.write("stderr", Buffer.alloc(2000, "e"));
    await trace.line("seen at the end");
    await trace.flush();
    const text = content.content.toString();
    expect(text.slice(0, 1022)).toBe(`\ufffd${"e".repeat(1021)}`);
    expect(text.slice(1022)).toMatch(/^\n.{7}Job's log exceeded limit of 1024 bytes\.\n.*\n$/);
    await trace.close();
    expect(content.content.toString().slice(text.length)).toMatch(/The rest of the log.*\ne{979}.*seen at the end/s);
  });

  test("a log that goes on counts against the limit what its spool holds already", async () => {
    const earlier = new MemoryFile();
    earlier.content = Buffer.alloc(1024);
    const spool = await TraceSpool.open("", { openFile: () => Promise.resolve(earlier) });
    const trace = await traceWith({ spool, outputLimitKilobytes: 1 });
    await trace.line("too much");
    await trace.flush();
    expect(earlier.content.subarray(1024).toString()).toMatch(/^\n.*exceeded limit of 1024 bytes/);
    expect(earlier.content.toString()).not.toContain("too much");
  });

  test("what a flush lets go of still takes the rest of the way", async () => {
    const trace = await traceWith({ secrets: ["glpat-abcdef"] });
    await trace.write("stdout", Buffer.from("glpat-abc"));
    await trace.flush();
    expect(content.content.toString()).toBe("glpat-[MASKED]");
  });

  test("a mask that is added while the job runs hides what comes", async () => {
    const trace = await traceWith();
    await trace.write("stdout", Buffer.from("swordfish "));
    await trace.flush();
    trace.addMask("swordfish");
    await trace.write("stdout", Buffer.from("swordfish"));
    await trace.flush();
    expect(content.content.toString()).toBe("swordfish [MASKED]");
  });
});

test("thousands of tiny writes reach the spool in a few batches", async () => {
  const trace = await traceWith();
  for (let line = 0; line < 5000; line++) await trace.write("stdout", Buffer.from(`${line}\n`));
  await trace.flush();
  expect(content.content.toString().split("\n")).toHaveLength(5001);
  expect(content.writes).toBeLessThan(20);
});

test("a full disk makes a flush wait, and the log is whole when there is room again", async () => {
  const trace = await traceWith();
  content.capacity = 0;
  await trace.write("stdout", Buffer.from("x"));
  const flushed = trace.flush();
  await trace.line("y");
  content.capacity = Infinity;
  await flushed;
  await trace.flush();
  expect(content.content.toString()).toMatch(/^x.*y/);
});
