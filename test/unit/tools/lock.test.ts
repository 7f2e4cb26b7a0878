import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { withLock } from "../../../tools/bootstrap/lock.mjs";
import { startOf } from "../../../tools/bootstrap/processes.mjs";

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "lock-"));
  file = join(directory, "some.lock");
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

test("one after the other, and nothing is left", async () => {
  const events: string[] = [];
  const work = (name: string) => () => {
    events.push(`${name} begins`);
    return new Promise<void>((resolve) => {
      setTimeout(() => {
        events.push(`${name} ends`);
        resolve();
      }, 20);
    });
  };
  await Promise.all([withLock(file, 5000, work("a")), withLock(file, 5000, work("b"))]);
  expect(events).toEqual(["a begins", "a ends", "b begins", "b ends"]);
  expect(existsSync(file)).toBe(false);
});

test("it is given back when the work fails", async () => {
  const work = () => Promise.reject(new Error("broken"));
  await expect(withLock(file, 5000, work)).rejects.toThrow("broken");
  expect(existsSync(file)).toBe(false);
});

test("a holder that is gone, or whose pid is another process now, does not count", async () => {
  writeFileSync(file, JSON.stringify({ pid: 2 ** 22 + 1, start: "1" }));
  await expect(withLock(file, 1000, () => "done")).resolves.toBe("done");
  writeFileSync(file, JSON.stringify({ pid: process.pid, start: "1" }));
  await expect(withLock(file, 1000, () => "done")).resolves.toBe("done");
});

test("a holder that does not end is named when the wait is over", async () => {
  writeFileSync(file, JSON.stringify({ pid: process.pid, start: startOf(process.pid) }));
  await expect(withLock(file, 0, () => "never")).rejects.toThrow(`another bootstrap (pid ${process.pid}) has held`);
});
