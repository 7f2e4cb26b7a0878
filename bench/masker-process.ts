// How much CPU a log's way from the build container's stream costs, in a process of its own so that nothing else is
// compiled or collected in it: `node masker-process.ts masker|masker-base64|spool SECRETS MIB` prints the seconds for so many MiB.
import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CheckpointSlots } from "../src/journal/checkpoint-slots.ts";
import { systemClock } from "../src/support/clock.ts";
import { MaskSet, SecretMasker } from "../src/trace/mask.ts";
import { openJobTrace } from "../src/trace/open-job-trace.ts";

const mebibyte = 1024 * 1024;
const writeBytes = 64 * 1024;
const [kind, secretCount, mebibytes] = [process.argv[2], Number(process.argv[3]), Number(process.argv[4])];
const total = mebibytes * mebibyte;
const secrets = Array.from({ length: secretCount }, () => randomBytes(15).toString("base64url"));

function logText(bytes: number): Buffer {
  const lines: string[] = [];
  for (let size = 0, number = 0; size < bytes; number++) {
    const line = `[${number}] compiling module src/lib/part-${number % 97}.ts (took ${number % 13} ms) at level info\n`;
    lines.push(line);
    size += line.length;
  }
  return Buffer.from(lines.join("")).subarray(0, bytes);
}

function base64Text(bytes: number): Buffer {
  return Buffer.from(randomBytes(bytes).toString("base64").replaceAll(/.{76}/g, "$&\n")).subarray(0, bytes);
}

function* writes(text: Buffer): Generator<Buffer> {
  for (let done = 0; done < total; done += writeBytes) {
    const at = done % text.length;
    yield text.subarray(at, at + writeBytes);
  }
}

async function maskOnly(text: Buffer): Promise<number> {
  const masker = new SecretMasker(new MaskSet(secrets));
  const cpu = process.cpuUsage();
  for (const bytes of writes(text)) masker.push(bytes);
  return secondsSince(cpu);
}

/** The whole way: masked, stamped, limited, written to the spool file. */
async function toSpool(text: Buffer): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), "longshore-bench-"));
  const slots = await CheckpointSlots.open(directory, { spoolBytes: 0, tailBytes: null });
  const { trace, close } = await openJobTrace({
    spoolPath: join(directory, "trace.log"),
    recordCheckpoint: (checkpoint, committed) => slots.record(checkpoint, committed),
    recordMasks: () => Promise.resolve(),
    clock: systemClock,
    secrets,
    tokens: { allDefaultTokens: true, prefixes: [] },
    timestamps: true,
    sections: true,
    outputLimitKilobytes: 4 * 1024 * 1024,
  });
  const cpu = process.cpuUsage();
  for (const bytes of writes(text)) await trace.write("stdout", bytes);
  await trace.flush();
  const seconds = secondsSince(cpu);
  await close();
  await slots.close();
  await rm(directory, { recursive: true });
  return seconds;
}

function secondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

const text = (kind === "masker-base64" ? base64Text : logText)(4 * mebibyte);
process.stdout.write(`${await (kind === "spool" ? toSpool(text) : maskOnly(text))}\n`);
