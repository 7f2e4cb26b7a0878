import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { StateDirectory } from "../../../src/journal/state-directory.ts";
import { removeStateLeftovers } from "../../../src/upkeep/state-leftovers.ts";

const hourAgo = new Date(Date.now() - 3_600_000);
let directory: string;
let state: StateDirectory;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
  state = await StateDirectory.open(directory, "config.toml");
  await mkdir(join(state.path, "stores"));
});

afterEach(async () => {
  await state.close();
  await rm(directory, { recursive: true, force: true });
});

async function leave(name: string, at = hourAgo): Promise<void> {
  const path = join(state.path, name);
  if (name.startsWith("jobs/")) await mkdir(path);
  else await writeFile(path, "");
  await utimes(path, at, at);
}

const all = async () => (await readdir(state.path, { recursive: true })).toSorted();

describe("removeStateLeftovers", () => {
  it("removes what dead processes left half made, and counts it", async () => {
    const before = await all();
    const left = ["jobs/.new-1-0a", "jobs/.removed-2-0b", "lock.0123456789abcdef", "lock.after-0123456789abcdef"];
    for (const name of [...left, "0123456789abcdef.sock", "boots.0a0b0c0d.new", "stores/a.json.0a0b0c0d.new"])
      await leave(name);
    expect(await removeStateLeftovers(state.path, Date.now())).toBe(7);
    expect(await all()).toEqual(before);
  });

  it("leaves what is young, what is used, and what it doesn't know", async () => {
    await leave("jobs/.new-1-0a", new Date());
    for (const name of ["jobs/3-0c", "jobs/.other", "boots", "stores/a.json", "notes.sock.txt"]) await leave(name);
    const names = await readdir(state.path);
    for (const name of names.filter((each) => each === "lock" || each.endsWith(".sock")))
      await utimes(join(state.path, name), hourAgo, hourAgo);
    const listening = createServer().listen(join(state.path, "ffffffffffffffff.sock"));
    await utimes(join(state.path, "ffffffffffffffff.sock"), hourAgo, hourAgo);
    const before = await all();
    expect(await removeStateLeftovers(state.path, Date.now())).toBe(0);
    expect(await all()).toEqual(before);
    await new Promise((resolve) => void listening.close(resolve));
  });
});
