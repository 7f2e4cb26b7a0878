import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { StorageLedger, type StoreRecord } from "../../../src/journal/storage-ledger.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
});
afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

const record: StoreRecord = {
  volume: "runner-x-docker-data-0",
  id: "0123abcd.77",
  host: "unix:///var/run/docker.sock",
  image: "sha256:1",
  createdAt: 1,
  usedAt: 2,
  bytes: null,
  images: 3,
  clean: true,
  kernelBoot: "",
  maxAgeMs: 4,
  removed: "",
};
const fileOf = (volume: string) => join(directory, "stores", `${volume}.json`);

it("gives back what was written last, also to a later run of the agent", async () => {
  const ledger = new StorageLedger(directory);
  await ledger.write(record);
  await ledger.write({ ...record, clean: false });
  expect(await new StorageLedger(directory).read(record.volume)).toMatchObject({ ...record, clean: false });
  expect(await ledger.all()).toHaveLength(1);
});

it("knows nothing of a volume that was never written, or was forgotten", async () => {
  const ledger = new StorageLedger(directory);
  expect(await ledger.read(record.volume)).toBeNull();
  expect(await ledger.all()).toEqual([]);
  await ledger.write(record);
  await ledger.forget(record.volume);
  await ledger.forget(record.volume);
  expect(await ledger.read(record.volume)).toBeNull();
});

it.each([
  ["is cut off", (text: string) => text.slice(0, 20)],
  ["is empty", () => ""],
  ["has another version", (text: string) => text.replace('"version":1', '"version":2')],
  ["lacks a field", (text: string) => text.replace('"clean":true,', "")],
  ["is another volume's", (text: string) => text.replace("docker-data-0", "docker-data-1")],
])("knows nothing of a volume whose record %s", async (_, damage) => {
  const ledger = new StorageLedger(directory);
  await ledger.write(record);
  const text = await readFile(fileOf(record.volume), "utf8");
  expect(damage(text)).not.toBe(text);
  await writeFile(fileOf(record.volume), damage(text));
  expect(await ledger.read(record.volume)).toBeNull();
  expect(await ledger.all()).toEqual([]);
});

it("takes a record or an owner that can't be read for a fault of the disk, not for one that isn't there", async () => {
  await mkdir(fileOf(record.volume), { recursive: true });
  await mkdir(join(directory, "stores", "owner"));
  await expect(new StorageLedger(directory).read(record.volume)).rejects.toMatchObject({ code: "STORAGE_LEDGER" });
  await expect(new StorageLedger(directory).owner()).rejects.toMatchObject({ code: "STORAGE_LEDGER" });
});

it("leaves no drafts behind, and lets nobody else read it", async () => {
  const ledger = new StorageLedger(directory);
  await Promise.all(Array.from({ length: 20 }, (_, at) => ledger.write({ ...record, usedAt: at })));
  expect(await readdir(join(directory, "stores"))).toEqual([`${record.volume}.json`]);
  expect((await stat(join(directory, "stores"))).mode & 0o777).toBe(0o700);
});

it("has one owner as long as the state directory is the same, and another one in every other directory", async () => {
  const owner = await new StorageLedger(directory).owner();
  expect(owner).toMatch(/^[0-9a-f]{8}$/);
  expect(await new StorageLedger(directory).owner()).toBe(owner);
  expect(await new StorageLedger(join(directory, "other")).owner()).not.toBe(owner);
});

it("says which file can't be written", async () => {
  await writeFile(join(directory, "stores"), "");
  await expect(new StorageLedger(directory).write(record)).rejects.toMatchObject({ code: "STORAGE_LEDGER" });
  await expect(new StorageLedger(directory).owner()).rejects.toMatchObject({ code: "STORAGE_LEDGER" });
});
