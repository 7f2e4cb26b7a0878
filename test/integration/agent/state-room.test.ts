import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { StateRoom } from "../../../src/journal/state-room.ts";
import { mountSmallDisk, type SmallDisk } from "../../support/small-disk.ts";

let disk: SmallDisk;
let now = 0;
const clock = { monotonic: () => now };

beforeEach(async () => {
  now = 0;
  disk = await mountSmallDisk();
});
afterEach(() => disk[Symbol.asyncDispose]());

test("a disk with less than a tenth of its room left is an obstacle, which goes when there is more", async () => {
  const room = new StateRoom(disk.state, clock);
  await room.check();
  expect(room.obstacle()).toBe(null);
  await disk.fill();
  expect(room.obstacle()).toBe(null);
  now = 2_000;
  room.obstacle();
  await room.check();
  const problem = `the agent's state directory ${disk.state} has less than 1.6 MiB of room left`;
  expect(room.obstacle()).toBe(problem);
  await disk.free();
  await room.check();
  expect(room.obstacle()).toBe(null);
});

test("a write that failed is an obstacle at once, until one succeeds; the try leaves nothing", async () => {
  const room = new StateRoom(disk.state, clock);
  room.suspect(new Error("EDQUOT: disk quota exceeded"));
  expect(room.obstacle()).toMatch(/takes no data: EDQUOT: disk quota exceeded$/);
  await room.check();
  expect([room.obstacle(), await readdir(disk.state)]).toEqual([null, []]);
});

test("a directory that is gone is an obstacle", async () => {
  const room = new StateRoom(join(disk.state, "none"), clock);
  await room.check();
  expect(room.obstacle()).toMatch(/takes no data: ENOENT/);
});
