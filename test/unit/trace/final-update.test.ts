import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { never, pass, success, uploaderBench } from "./uploader-bench.ts";

const mebibyte = 1024 * 1024;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

test("the rest leaves back to back, whatever interval was asked for, then the state with checksum and size", async () => {
  const { api, uploader, print } = await uploaderBench();
  api.intervalMs = 60_000;
  uploader.start();
  await print("a");
  await pass(200);
  await print(3 * mebibyte);
  expect(await uploader.finish({ state: "failed", failureReason: "script_failure", exitCode: 3 }, never())).toBe(
    "delivered",
  );
  expect(Date.now()).toBe(200);
  expect(api.patches.map(({ length }) => length)).toEqual([1, mebibyte, mebibyte, mebibyte]);
  expect(api.accepted).toMatchObject({ state: "failed", failureReason: "script_failure", exitCode: 3 });
  expect(api.accepted?.output?.bytesize).toBe(3 * mebibyte + 1);
});

test("a job without a word of log needs one call", async () => {
  const { api, uploader } = await uploaderBench();
  expect(await uploader.finish(success, never())).toBe("delivered");
  expect(api.patches).toEqual([]);
  expect(api.accepted?.output).toEqual({ checksum: "crc32:00000000", bytesize: 0 });
});

test("a PATCH in flight is waited for, so that nothing is sent twice", async () => {
  const { api, uploader, print } = await uploaderBench();
  api.patchFaults.push("hang");
  uploader.start();
  await print("abc");
  await pass(200);
  const finished = uploader.finish(success, never());
  await pass(10_000);
  expect(api.patches).toHaveLength(1);
  await pass(120_000);
  expect(await finished).toBe("delivered");
  expect(api.stored.toString()).toBe("abc");
});

test("202 asks again at the interval until the log has been checked", async () => {
  const { api, uploader } = await uploaderBench();
  api.updateFaults.push("not-completed", "not-completed", "not-completed");
  const finished = uploader.finish(success, never());
  await pass(0);
  api.intervalMs = 4000;
  await pass(20_000);
  expect(await finished).toBe("delivered");
  expect(api.updates.map(({ at }) => at)).toEqual([0, 1000, 5000, 9000]);
});

test("an interval that was asked for while the job ran does not slow its end", async () => {
  const { api, uploader, print } = await uploaderBench();
  api.intervalMs = 60_000;
  uploader.start();
  await print("a");
  await pass(200);
  api.intervalMs = null;
  api.updateFaults.push("not-completed");
  const finished = uploader.finish(success, never());
  await pass(1000);
  expect(await finished).toBe("delivered");
});

test("412 sends all of the log again", async () => {
  const { api, uploader, print, problems } = await uploaderBench();
  uploader.start();
  await print("abcdef");
  await pass(200);
  api.stored = Buffer.from("");
  const finished = uploader.finish(success, never());
  await pass(2000);
  expect(await finished).toBe("delivered");
  expect(api.stored.toString()).toBe("abcdef");
  expect(problems).toEqual(["the coordinator found the log incomplete (412); all of it is sent again"]);
});

test("no failed try is minutes from the next, whatever a proxy asks for", async () => {
  const { api, uploader } = await uploaderBench({ finalUpdateRetryLimit: 4 });
  api.intervalMs = 900_000;
  for (let turn = 0; turn < 3; turn++) api.updateFaults.push("5xx");
  const finished = uploader.finish(success, never());
  await pass(80_000);
  expect(await finished).toBe("delivered");
  expect(api.updates.map(({ at }) => at)).toEqual([0, 25_000, 50_000, 75_000]);
});

test("a given-up end was refused, or its coordinator is away: that decides what comes after", async () => {
  const away = await uploaderBench({ finalUpdateRetryLimit: 1 });
  away.api.updateFaults.push("5xx");
  expect(await away.uploader.finish(success, never())).toBe("gave-up");
  expect(away.uploader.refused).toBe(false);
  const refusing = await uploaderBench({ finalUpdateRetryLimit: 1 });
  refusing.api.updateFaults.push("trace-rejected");
  expect(await refusing.uploader.finish(success, never())).toBe("gave-up");
  expect(refusing.uploader.refused).toBe(true);
  const wrong = await uploaderBench({ finalUpdateRetryLimit: 1 });
  await wrong.print("abc");
  wrong.api.patchFaults.push({ claims: 4 });
  expect(await wrong.uploader.finish(success, never())).toBe("gave-up");
  expect(wrong.uploader.refused).toBe(true);
});

test("a log that can't be read is given up as one that is refused", async () => {
  const { file, uploader, print, spool } = await uploaderBench({ finalUpdateRetryLimit: 1 });
  await print("abc");
  await spool.drain();
  file.content = file.content.subarray(0, 1);
  expect(await uploader.finish(success, never())).toBe("gave-up");
  expect(uploader.refused).toBe(true);
});

test("a log that is still checked after the patience is given up for now", async () => {
  const { api, uploader } = await uploaderBench();
  for (let turn = 0; turn < 1000; turn++) api.updateFaults.push("not-completed");
  const finished = uploader.finish(success, never());
  await pass(601_000);
  expect(await finished).toBe("gave-up");
  expect(uploader.refused).toBe(false);
});

test("412 without end is given up", async () => {
  const { api, uploader } = await uploaderBench({ finalUpdateRetryLimit: 4 });
  for (let turn = 0; turn < 100; turn++) api.updateFaults.push("trace-rejected");
  const finished = uploader.finish(success, never());
  await pass(60_000);
  expect(await finished).toBe("gave-up");
  expect(api.updates).toHaveLength(4);
});

test("an update whose answer was lost is sent again", async () => {
  const { api, uploader } = await uploaderBench();
  api.updateFaults.push("lost-answer");
  const finished = uploader.finish(success, never());
  await pass(1000);
  expect(await finished).toBe("delivered");
  expect(api.updates).toHaveLength(2);
});

test.each(["not-found", "forbidden"] as const)(
  "%s to the state ends it: the coordinator wants nothing more",
  async (fault) => {
    const { api, uploader } = await uploaderBench();
    api.updateFaults.push(fault);
    expect(await uploader.finish(success, never())).toBe("aborted");
    expect(api.updates).toHaveLength(1);
  },
);

test("404 to the rest of the log does not keep the state back", async () => {
  const { api, uploader, print } = await uploaderBench();
  api.patchFaults.push("not-found");
  api.updateFaults.push("forbidden");
  await print("abc");
  expect(await uploader.finish(success, never())).toBe("aborted");
  expect(api.patches).toHaveLength(1);
});

test("as many tries as the limit says while the pauses are GitLab Runner's", async () => {
  const { api, uploader } = await uploaderBench({ finalUpdateRetryLimit: 3 });
  for (let turn = 0; turn < 100; turn++) api.updateFaults.push("5xx");
  const finished = uploader.finish(success, never());
  await pass(60_000);
  expect(await finished).toBe("gave-up");
  expect(api.updates.map(({ at }) => at)).toEqual([0, 1000, 3000]);
});

test("a coordinator that is away for eight minutes still gets the state, within seconds of its return", async () => {
  const { api, uploader, print } = await uploaderBench();
  for (let turn = 0; turn < 1000; turn++) api.patchFaults.push("5xx");
  await print("abc");
  const finished = uploader.finish(success, never());
  await pass(8 * 60_000);
  api.patchFaults.length = 0;
  await pass(16_000);
  expect(await finished).toBe("delivered");
});

test("the caller's signal ends it: the journal keeps the job", async () => {
  const { api, uploader } = await uploaderBench();
  api.updateFaults.push("hang");
  const controller = new AbortController();
  const finished = uploader.finish(success, { signal: controller.signal });
  await pass(5000);
  controller.abort(new Error("shutdown"));
  expect(await finished).toBe("gave-up");
});

test("a disk that does not take the end of the log keeps it for two minutes, and no longer, from the coordinator", async () => {
  const { api, file, uploader, print } = await uploaderBench();
  file.capacity = 0;
  await print("abc");
  const finished = uploader.finish(success, never());
  await pass(119_000);
  expect(api.patches).toEqual([]);
  await pass(3_000);
  expect(await finished).toBe("delivered");
  expect(api.accepted?.output?.bytesize).toBe(3);
});
