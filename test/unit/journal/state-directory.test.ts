import { mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import { StateDirectory } from "../../../src/journal/state-directory.ts";

let root = "";
let config = "";

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "longshore-state-"));
  config = join(root, "config.toml");
  await writeFile(config, "");
});
afterEach(() => rm(root, { recursive: true }));

async function lockOf(state: StateDirectory): Promise<Record<string, unknown>> {
  return JSON.parse(await readFile(join(state.path, "lock"), "utf8")) as Record<string, unknown>;
}

/** All that is in it while an agent holds it. */
async function held(state: StateDirectory): Promise<readonly unknown[]> {
  return [`${String((await lockOf(state))["id"])}.sock`, "jobs", "lock"].sort();
}

test("a second agent on the same config is refused, and the first one's pid and config are named", async () => {
  const first = await StateDirectory.open(root, config);
  const error: unknown = await StateDirectory.open(root, config).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "STATE_LOCKED" });
  expect(String(error)).toContain(`pid ${process.pid}`);
  expect(String(error)).toContain(config);
  await first.close();
});

test("another spelling of the same file is the same config, another file is not", async () => {
  await symlink(config, join(root, "link.toml"));
  const first = await StateDirectory.open(root, config);
  await expect(StateDirectory.open(root, join(root, "link.toml"))).rejects.toMatchObject({ code: "STATE_LOCKED" });
  const other = await StateDirectory.open(root, join(root, "other.toml"));
  expect(other.path).not.toBe(first.path);
  await Promise.all([first.close(), other.close()]);
});

test("after close the directory is free, is the same, and has another boot id", async () => {
  const first = await StateDirectory.open(root, config);
  await first.close();
  const second = await StateDirectory.open(root, config);
  expect(second.path).toBe(first.path);
  expect(second.boot).not.toBe(first.boot);
  await second.close();
});

test("only the agent's user may look into it", async () => {
  const state = await StateDirectory.open(root, config);
  expect((await stat(state.path)).mode & 0o777).toBe(0o700);
  expect((await stat(state.jobsPath)).mode & 0o777).toBe(0o700);
  await state.close();
});

test("the lock of a process that has ended is taken over", async () => {
  const state = await StateDirectory.open(root, config);
  const child = spawn("sleep", ["60"]);
  await once(child, "spawn");
  const stat = await readFile(`/proc/${child.pid}/stat`, "utf8");
  const startedAt = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19];
  await writeFile(
    join(state.path, "lock"),
    JSON.stringify({ ...(await lockOf(state)), id: "ab12", pid: child.pid, startedAt }),
  );
  await expect(StateDirectory.open(root, config)).rejects.toMatchObject({ code: "STATE_LOCKED" });
  child.kill("SIGKILL");
  await once(child, "exit");
  const next = await StateDirectory.open(root, config);
  expect(await lockOf(next)).toMatchObject({ pid: process.pid });
  // The first one no longer holds it, so its close takes nothing away.
  await state.close();
  expect(await lockOf(next)).toMatchObject({ pid: process.pid });
  expect((await readdir(next.path)).sort()).toEqual(await held(next));
  await next.close();
  expect((await readdir(next.path)).sort()).toEqual(["jobs"]);
});

const elsewhere = { pidNamespace: "pid:[1]", host: "0123456789ab" };

test("a holder in another container is believed to live as long as it listens on its socket", async () => {
  const state = await StateDirectory.open(root, config);
  await writeFile(join(state.path, "lock"), JSON.stringify({ ...(await lockOf(state)), ...elsewhere }));
  const error: unknown = await StateDirectory.open(root, config).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: "STATE_LOCKED" });
  expect(String(error)).toContain("another container, on host 0123456789ab");
  expect((await readdir(state.path)).sort()).toEqual(await held(state));
  await state.close();
});

test("the lock of a process that was killed in another container is taken over", async () => {
  const state = await StateDirectory.open(root, config);
  const listen = `require("node:net").createServer().listen(process.argv[1], () => console.log("listening"))`;
  const child = spawn(process.execPath, ["-e", listen, join(state.path, "ab12.sock")]);
  await once(child.stdout, "data");
  await writeFile(join(state.path, "lock"), JSON.stringify({ ...(await lockOf(state)), ...elsewhere, id: "ab12" }));
  await expect(StateDirectory.open(root, config)).rejects.toMatchObject({ code: "STATE_LOCKED" });
  child.kill("SIGKILL");
  await once(child, "exit");
  const next = await StateDirectory.open(root, config);
  await state.close();
  expect((await readdir(next.path)).sort()).toEqual(await held(next));
  await next.close();
});

test("a state directory may lie deeper than a socket's name can be long", async () => {
  const deep = join(root, ...Array.from({ length: 5 }, () => "a-directory-with-a-long-name"));
  const state = await StateDirectory.open(deep, config);
  expect((await readdir(state.path)).sort()).toEqual(await held(state));
  await state.close();
});

test.each([
  ["of the same pid, started at another time", { startedAt: "1" }],
  ["from before the machine's restart", { machineBoot: "another" }],
])("a lock %s is taken over", async (_, change) => {
  const state = await StateDirectory.open(root, config);
  const before = await lockOf(state);
  await writeFile(join(state.path, "lock"), JSON.stringify({ ...before, ...change }));
  const next = await StateDirectory.open(root, config);
  expect((await lockOf(next))["id"]).not.toBe(before["id"]);
  await next.close();
});

test("a lock that a power failure left empty is taken over", async () => {
  const state = await StateDirectory.open(root, config);
  await writeFile(join(state.path, "lock"), "");
  const next = await StateDirectory.open(root, config);
  expect(await lockOf(next)).toMatchObject({ pid: process.pid });
  await next.close();
});

test("of many that find a holder gone at once, exactly one gets the lock", async () => {
  for (let round = 0; round < 20; round++) {
    const state = await StateDirectory.open(root, config);
    await writeFile(join(state.path, "lock"), JSON.stringify({ ...(await lockOf(state)), startedAt: "1" }));
    const tries = await Promise.allSettled(Array.from({ length: 8 }, () => StateDirectory.open(root, config)));
    const winners = tries.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
    expect(winners).toHaveLength(1);
    const refusals = tries.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
    expect(refusals).toEqual(
      Array.from({ length: 7 }, () => expect.objectContaining({ code: "STATE_LOCKED" }) as unknown),
    );
    await state.close();
    expect((await readdir(state.path)).sort()).toEqual(await held(state));
    await winners[0]?.close();
  }
});

test("a root that can't be written is a STATE_DIRECTORY error", async () => {
  await expect(StateDirectory.open(config, config)).rejects.toMatchObject({ code: "STATE_DIRECTORY" });
});
