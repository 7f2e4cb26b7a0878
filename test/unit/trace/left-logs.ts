import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckpointSlots } from "../../../src/journal/checkpoint-slots.ts";
import type { Clock } from "../../../src/support/clock.ts";
import { leftLogSize } from "../../../src/trace/left-log.ts";
import { openJobTrace, type OpenJobTraceOptions } from "../../../src/trace/open-job-trace.ts";

const stillClock: Clock = {
  now: () => Date.UTC(2021, 0, 1),
  monotonic: () => 0,
  sleep: () => Promise.reject(new Error("nobody sleeps here")),
};

export async function withDirectory(body: (directory: string) => Promise<void>): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "longshore-limited-"));
  try {
    await body(directory);
  } finally {
    await rm(directory, { recursive: true });
  }
}

/** As an agent does that starts, with whatever an earlier one left. */
export async function begin(
  directory: string,
  onCheckpoint: () => Promise<void> = () => Promise.resolve(),
  options: Partial<OpenJobTraceOptions> = {},
) {
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
    clock: stillClock,
    secrets: ["secret"],
    tokens: { allDefaultTokens: true, prefixes: [] },
    timestamps: false,
    sections: false,
    outputLimitKilobytes: 1,
    ...(resume === null ? {} : { resume }),
    ...options,
  });
  const close = async () => {
    try {
      await opened.close();
    } finally {
      await slots.close();
    }
  };
  return { ...opened, close, spoolPath };
}

export type Log = Awaited<ReturnType<typeof begin>>;

/** Writes what the log has not got yet of the output, which is given as writes. */
export async function writeRest({ trace }: Log, writes: readonly string[]): Promise<void> {
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

export async function finish(log: Log): Promise<string> {
  await log.trace.flush();
  await log.trace.close();
  await log.close();
  return readFile(log.spoolPath, "utf8");
}
