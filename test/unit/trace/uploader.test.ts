import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { pass, uploaderBench } from "./uploader-bench.ts";

const mebibyte = 1024 * 1024;

beforeEach(() => {
  vi.useFakeTimers({ now: 0 });
});
afterEach(() => {
  vi.useRealTimers();
});

describe("the pace", () => {
  test("the first bytes after a pause leave within 100 ms, also when the pause was long", async () => {
    const { api, uploader, print } = await uploaderBench();
    uploader.start();
    await pass(25_000);
    await print("hello\n");
    await pass(100);
    expect(api.stored.toString()).toBe("hello\n");
    await uploader.stop();
  });

  test("a line every 10 ms makes ten PATCHes a second, and no line waits longer than 100 ms", async () => {
    const { api, uploader, print } = await uploaderBench();
    uploader.start();
    for (let line = 0; line < 300; line++) {
      await print("0123456789");
      await pass(10);
      const printed = (line + 1) * 10;
      expect(printed - api.stored.length).toBeLessThanOrEqual(110);
    }
    expect(api.patches.length).toBeLessThanOrEqual(31);
    await uploader.stop();
  });

  test("a burst leaves in PATCHes of 1 MiB without pauses between", async () => {
    const { api, uploader, print } = await uploaderBench();
    uploader.start();
    await print(5 * mebibyte + 10);
    await pass(0);
    expect(api.patches.map(({ length }) => length)).toEqual(Array.from({ length: 5 }, () => mebibyte));
    await pass(100);
    expect(api.stored).toHaveLength(5 * mebibyte + 10);
    await uploader.stop();
  });

  test("a burst right after a PATCH does not wait for the next one's turn", async () => {
    const { api, uploader, print } = await uploaderBench();
    uploader.start();
    await print("a");
    await pass(20);
    await print("b");
    await pass(10);
    await print(mebibyte);
    await pass(0);
    expect(api.patches.map(({ at, length }) => [at, length])).toEqual([
      [20, 1],
      [30, mebibyte],
    ]);
    await uploader.stop();
  });

  test("what the coordinator asks for is the least distance between PATCHes, for bursts too", async () => {
    const { api, uploader, print } = await uploaderBench();
    api.intervalMs = 3000;
    uploader.start();
    for (let tick = 0; tick < 100; tick++) {
      await print(mebibyte / 4);
      await pass(100);
    }
    const starts = api.patches.map(({ at }) => at);
    expect(starts.length).toBe(4);
    for (let index = 1; index < starts.length; index++) {
      expect((starts[index] as number) - (starts[index - 1] as number)).toBeGreaterThanOrEqual(3000);
    }
    await uploader.stop();
  });

  test("debug_trace is passed on, and what is acknowledged is told", async () => {
    const { api, uploader, print, acknowledged } = await uploaderBench({ debugTrace: true });
    uploader.start();
    await print("abc");
    await pass(200);
    expect(api.patches[0]?.debugTrace).toBe(true);
    expect(acknowledged).toEqual([3]);
    await uploader.stop();
  });
});

describe("the touch", () => {
  test("after 30 s without contact says running, with checksum and size of the log", async () => {
    const { api, uploader, print } = await uploaderBench();
    uploader.start();
    await print("abc");
    await pass(29_000);
    expect(api.updates).toEqual([]);
    await pass(1100);
    expect(api.updates).toMatchObject([{ state: "running", output: { checksum: "crc32:352441c2", bytesize: 3 } }]);
    await pass(60_000);
    expect(api.updates).toHaveLength(3);
    await uploader.stop();
  });

  test("comes no sooner than the interval that the coordinator asked for", async () => {
    const { api, uploader, print } = await uploaderBench();
    api.intervalMs = 60_000;
    uploader.start();
    await print("abc");
    await pass(59_000);
    expect(api.updates).toEqual([]);
    await pass(2000);
    expect(api.updates).toHaveLength(1);
    await uploader.stop();
  });

  test("of a job that is gone aborts it", async () => {
    const { api, uploader, told } = await uploaderBench();
    api.updateFaults.push("not-found");
    uploader.start();
    await pass(31_000);
    expect(told).toEqual(["abort"]);
    await uploader.stop();
  });
});

test("stop drops a call that hangs and sends nothing more", async () => {
  const { api, uploader, print } = await uploaderBench();
  api.patchFaults.push("hang");
  uploader.start();
  await print("x");
  await pass(200);
  await uploader.stop();
  await pass(300_000);
  expect(api.patches).toHaveLength(1);
  expect(api.updates).toHaveLength(0);
});
