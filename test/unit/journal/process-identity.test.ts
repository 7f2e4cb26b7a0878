import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { isAlive, ownIdentity } from "../../../src/journal/process-identity.ts";

const identity = { pid: 42, startedAt: "777", machineBoot: "boot-1", pidNamespace: "" };
let proc = "";

beforeEach(async () => {
  proc = await mkdtemp(join(tmpdir(), "longshore-proc-"));
  await mkdir(join(proc, "sys/kernel/random"), { recursive: true });
  await writeFile(join(proc, "sys/kernel/random/boot_id"), "boot-1\n");
});
afterEach(() => rm(proc, { recursive: true }));

async function process42(state: string, startedAt: string): Promise<void> {
  await mkdir(join(proc, "42"));
  const before = Array.from({ length: 18 }, (_, index) => String(index)).join(" ");
  await writeFile(join(proc, "42/stat"), `42 (no) de (x) ${state} ${before} ${startedAt} 0 0\n`);
}

test.each([
  ["a process that sleeps", "S", "777", true],
  ["a process that has ended and was not waited for", "Z", "777", false],
  ["another process that got the pid", "S", "778", false],
] as const)("%s counts as alive: %s %s -> %s", async (_, state, startedAt, alive) => {
  await process42(state, startedAt);
  expect(await isAlive(identity, proc)).toBe(alive);
});

test("nothing that ran before the machine's restart is alive, and no pid that is not there", async () => {
  expect(await isAlive(identity, proc)).toBe(false);
  await process42("S", "777");
  expect(await isAlive({ ...identity, machineBoot: "boot-0" }, proc)).toBe(false);
});

test("this process is alive", async () => {
  expect(await isAlive(await ownIdentity())).toBe(true);
});

test("without /proc the lock is refused rather than given on trust", async () => {
  await expect(ownIdentity(join(proc, "none"))).rejects.toMatchObject({ code: "STATE_NO_PROC" });
});
