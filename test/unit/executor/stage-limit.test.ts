import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { JobControl, JobEnd } from "../../../src/executor/job-end.ts";
import { withinLimit } from "../../../src/executor/stage-limit.ts";
import { systemClock } from "../../../src/support/clock.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const limit = { kind: "get-sources-timeout", seconds: 5 } as const;

test("a part that takes longer than its limit ends the whole job, and says which limit it was", async () => {
  const control = new JobControl();
  const running = withinLimit({ clock: systemClock, control }, limit, () => systemClock.sleep(60_000, control.job));
  running.catch(() => {});
  await vi.advanceTimersByTimeAsync(4_999);
  expect(control.job.aborted).toBe(false);
  await vi.advanceTimersByTimeAsync(1);
  await expect(running).rejects.toThrow("get sources timeout: exceeded timeout of 5s");
  expect(control.job.reason).toBeInstanceOf(JobEnd);
  expect((control.job.reason as JobEnd).kind).toBe("get-sources-timeout");
});

test("a part that is done in time, or fails, leaves nothing behind that ends the job later", async () => {
  const control = new JobControl();
  expect(await withinLimit({ clock: systemClock, control }, limit, async () => 7)).toBe(7);
  const failing = withinLimit({ clock: systemClock, control }, limit, () => Promise.reject(new Error("it failed")));
  await expect(failing).rejects.toThrow("it failed");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(control.job.aborted).toBe(false);
});

test("without a limit a part takes as long as it takes", async () => {
  const control = new JobControl();
  const running = withinLimit({ clock: systemClock, control }, { ...limit, seconds: null }, () =>
    systemClock.sleep(1e6).then(() => "done"),
  );
  await vi.advanceTimersByTimeAsync(1e6);
  expect(await running).toBe("done");
});
