import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { systemClock } from "../../../src/support/clock.ts";
import { DiskPatience } from "../../../src/support/disk-patience.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const fault = (code: string) => Object.assign(new Error(code), { code });
const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);

test.each(["ENOSPC", "EDQUOT"])("a write that fails with %s is tried until it succeeds", async (code) => {
  const write = vi.fn<() => Promise<number>>().mockRejectedValue(fault(code));
  const written = new DiskPatience(systemClock).untilRoom(write);
  await pass(60);
  write.mockResolvedValue(7);
  await pass(1);
  expect(await written).toBe(7);
});

test("nobody waits anew for a disk that was waited for, until it takes something", async () => {
  const patience = new DiskPatience(systemClock);
  const write = vi.fn<() => Promise<number>>().mockRejectedValue(fault("ENOSPC"));
  const first = patience.untilRoom(write).catch((error: unknown) => error);
  await pass(121);
  expect(await first).toMatchObject({ code: "ENOSPC" });
  await expect(patience.untilRoom(write)).rejects.toThrow("ENOSPC");
  expect(await patience.untilRoom(() => Promise.resolve("written"))).toBe("written");
  const later = patience.untilRoom(write).catch((error: unknown) => error);
  const tries = write.mock.calls.length;
  await pass(10);
  expect(write.mock.calls.length).toBeGreaterThan(tries);
  write.mockResolvedValue(1);
  await pass(1);
  expect(await later).toBe(1);
});

test.each(["EIO", "EROFS", "EACCES"])("%s is told at once", async (code) => {
  await expect(new DiskPatience(systemClock).untilRoom(() => Promise.reject(fault(code)))).rejects.toThrow(code);
});
