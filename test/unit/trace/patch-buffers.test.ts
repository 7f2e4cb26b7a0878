import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { givePatchBuffer, longestPatchBytes, takePatchBuffer } from "../../../src/trace/patch-buffers.ts";
import { StrictJobApi } from "./strict-job-api.ts";
import { pass, uploaderBench } from "./uploader-bench.ts";

it("has the length that was asked for, small and large", () => {
  expect([1, 1000, 200_000, longestPatchBytes].map((length) => takePatchBuffer(length).length)).toEqual([
    1,
    1000,
    200_000,
    longestPatchBytes,
  ]);
});

it("hands a large one out again once it was given back, whatever part of it was in use", () => {
  const first = takePatchBuffer(longestPatchBytes);
  givePatchBuffer(first.subarray(0, 300_000));
  expect(takePatchBuffer(200_000).buffer).toBe(first.buffer);
});

it("never hands one out to two at a time", () => {
  const taken = Array.from({ length: 10 }, () => takePatchBuffer(longestPatchBytes));
  expect(new Set(taken.map(({ buffer }) => buffer)).size).toBe(10);
  for (const each of taken) givePatchBuffer(each);
  const again = Array.from({ length: 10 }, () => takePatchBuffer(longestPatchBytes));
  expect(new Set(again.map(({ buffer }) => buffer)).size).toBe(10);
});

it("keeps no more than a few", () => {
  const taken = Array.from({ length: 10 }, () => takePatchBuffer(longestPatchBytes));
  for (const each of taken) givePatchBuffer(each);
  const known = new Set(taken.map(({ buffer }) => buffer));
  const again = Array.from({ length: 10 }, () => takePatchBuffer(longestPatchBytes));
  expect(again.filter(({ buffer }) => known.has(buffer))).toHaveLength(2);
});

it("doesn't keep what others share", () => {
  const small = takePatchBuffer(1000);
  givePatchBuffer(small);
  expect(takePatchBuffer(longestPatchBytes).buffer).not.toBe(small.buffer);
});

describe("the uploader of a long log", () => {
  beforeEach(() => void vi.useFakeTimers({ now: 0 }));
  afterEach(() => void vi.useRealTimers());

  class WatchedApi extends StrictJobApi {
    readonly buffers: ArrayBufferLike[] = [];

    override patchTrace(...call: Parameters<StrictJobApi["patchTrace"]>) {
      this.buffers.push(call[1].buffer);
      return super.patchTrace(...call);
    }
  }

  it("sends all of it from one buffer", async () => {
    const api = new WatchedApi();
    const { uploader, print } = await uploaderBench({ api });
    uploader.start();
    for (let count = 0; count < 6; count++) {
      await print(longestPatchBytes);
      await pass(200);
    }
    expect(api.stored).toHaveLength(6 * longestPatchBytes);
    expect(new Set(api.buffers).size).toBe(1);
    await uploader.stop();
  });

  it("leaves a buffer alone that a call without an answer may still be sending", async () => {
    const api = new WatchedApi();
    const { uploader, print } = await uploaderBench({ api });
    api.patchFaults.push("5xx");
    uploader.start();
    await print(longestPatchBytes);
    await pass(5000);
    expect(api.stored).toHaveLength(longestPatchBytes);
    expect(new Set(api.buffers).size).toBe(2);
    await uploader.stop();
  });
});
