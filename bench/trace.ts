import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckpointSlots } from "../src/journal/checkpoint-slots.ts";
import { systemClock } from "../src/support/clock.ts";
import { MaskSet, SecretMasker } from "../src/trace/mask.ts";
import { openJobTrace } from "../src/trace/open-job-trace.ts";

/**
 * How fast a job's log gets from the build container's stream into the spool: MiB/s and CPU seconds for 64 MiB.
 * `node bench/trace.ts [MIB]`
 */
const mebibyte = 1024 * 1024;
const total = Number(process.argv[2] ?? 64) * mebibyte;

function logText(bytes: number): Buffer {
  const lines: string[] = [];
  for (let size = 0, number = 0; size < bytes; number++) {
    const line = `[${number}] compiling module src/lib/part-${number % 97}.ts (took ${number % 13} ms) at level info\n`;
    lines.push(line);
    size += line.length;
  }
  return Buffer.from(lines.join("")).subarray(0, bytes);
}

function secretsOf(count: number): string[] {
  return Array.from({ length: count }, () => randomBytes(15).toString("base64url"));
}

function report(name: string, bytes: number, startedAt: number, cpu: NodeJS.CpuUsage): void {
  const seconds = (performance.now() - startedAt) / 1000;
  const used = process.cpuUsage(cpu);
  const cpuSeconds = (used.user + used.system) / 1e6;
  const rate = (bytes / mebibyte / seconds).toFixed(0);
  const per64 = ((cpuSeconds * 64 * mebibyte) / bytes).toFixed(2);
  const memory = (process.memoryUsage().rss / mebibyte).toFixed(0);
  console.log(`${name.padEnd(52)} ${rate.padStart(6)} MiB/s   ${per64} CPU s per 64 MiB   rss ${memory} MiB`);
}

function benchMasker(count: number, text: Buffer): void {
  const masker = new SecretMasker(new MaskSet(secretsOf(count)));
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  for (let done = 0; done < total; done += text.length) {
    for (let at = 0; at < text.length; at += 65_536) masker.push(text.subarray(at, at + 65_536));
  }
  report(`masker alone, ${count} secrets, 64 KiB writes`, total, startedAt, cpu);
}

async function benchTrace(
  count: number,
  timestamps: boolean,
  writeBytes: number,
  bytes: number,
  text: Buffer,
): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "longshore-bench-"));
  const slots = await CheckpointSlots.open(directory, 0);
  const { trace, spool } = await openJobTrace({
    spoolPath: join(directory, "trace.log"),
    recordCheckpoint: (checkpoint, committed) => slots.record(checkpoint, committed),
    clock: systemClock,
    secrets: secretsOf(count),
    tokens: { allDefaultTokens: true, prefixes: [] },
    timestamps,
    sections: true,
    outputLimitKilobytes: 4 * 1024 * 1024,
  });
  const startedAt = performance.now();
  const cpu = process.cpuUsage();
  for (let done = 0; done < bytes; done += writeBytes) {
    const at = done % (text.length - writeBytes + 1);
    await trace.write("stdout", text.subarray(at, at + writeBytes));
  }
  await trace.flush();
  const stamps = timestamps ? "stamped" : "plain";
  report(`to the spool, ${count} secrets, ${stamps}, writes of ${writeBytes} B`, bytes, startedAt, cpu);
  await spool.close();
  await slots.close();
  await rm(directory, { recursive: true });
}

const text = logText(4 * mebibyte);
for (const count of [0, 10, 100]) benchMasker(count, text);
for (const count of [0, 10, 100]) {
  await benchTrace(count, false, 65_536, total, text);
  await benchTrace(count, true, 65_536, total, text);
}
await benchTrace(10, true, 16_384, total, text);
await benchTrace(10, true, 90, total / 8, text);
