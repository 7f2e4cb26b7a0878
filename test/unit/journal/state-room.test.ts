import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { StateRoom } from "../../../src/journal/state-room.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

test("a write that fails during a look is suspicious until the next look has tried it", async () => {
  const room = new StateRoom(directory, { monotonic: () => 0 });
  await room.check();
  expect(room.obstacle()).toBeNull();
  const look = room.check();
  room.suspect(new Error("EDQUOT"));
  await look;
  expect(room.obstacle()).toContain("takes no data: EDQUOT");
  await room.check();
  expect(room.obstacle()).toBeNull();
});
