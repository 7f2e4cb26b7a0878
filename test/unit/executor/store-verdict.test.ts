import { describe, expect, it } from "vitest";
import { judgeStore, roughSize, roughTime, type StoreFacts } from "../../../src/executor/store-verdict.ts";
import type { StoreRecord } from "../../../src/journal/storage-ledger.ts";

const day = 86_400_000;
const now = 100 * day;
const record: StoreRecord = {
  volume: "v",
  id: "o.1",
  host: "h",
  image: "sha256:1",
  createdAt: now - 2 * day,
  usedAt: now - day,
  bytes: 10_000,
  images: 1,
  clean: true,
  kernelBoot: "",
  maxAgeMs: 7 * day,
  removed: "",
};
const bounds = { maxBytes: 20_000, maxAgeMs: 7 * day };
const judge = (facts: Partial<StoreFacts>, limits = bounds) =>
  judgeStore({ record, id: "o.1", image: "sha256:1", now, ...facts }, limits);

describe("a layer store", () => {
  it("is kept when it is the one on record, within its bounds, of the same daemon", () => {
    expect(judge({})).toEqual({ kind: "keep", record });
    expect(judge({ record: { ...record, clean: false, bytes: null } })).toMatchObject({ kind: "keep" });
  });

  it.each<[string, Partial<StoreFacts>, RegExp]>([
    ["nothing is known of it", { record: null }, /nothing is known/],
    ["it is not the one on record", { id: "o.2" }, /nothing is known/],
    ["it doesn't say which one it is", { id: "" }, /nothing is known/],
    ["another daemon is to use it", { image: "sha256:2" }, /image of the daemon/],
    ["it is too old", { now: record.createdAt + 7 * day + 1 }, /was 7 days old/],
    ["it has grown too big", { record: { ...record, bytes: 20_001 } }, /grown to 19.5 KiB/],
  ])("is wiped when %s", (_, facts, reason) => {
    expect(judge(facts)).toEqual({ kind: "wipe", reason: expect.stringMatching(reason) as string });
  });

  it("has no bound where that is 0", () => {
    const facts = { record: { ...record, bytes: 1e15 }, now: now + 1000 * day };
    expect(judge(facts, { maxBytes: 0, maxAgeMs: 0 }).kind).toBe("keep");
  });

  it.each<[string, StoreRecord | null, string]>([
    ["there never was one", null, "the first one of this project here"],
    ["somebody removed it", record, "the last one was removed"],
    [
      "the agent removed it, and why",
      { ...record, removed: "the last one had grown to 23 GiB" },
      "the last one had grown to 23 GiB",
    ],
  ])("is made when %s", (_, known, reason) => {
    expect(judge({ record: known, id: null })).toEqual({ kind: "make", reason });
  });
});

it.each([
  [0, "0 bytes"],
  [1023, "1023 bytes"],
  [1536, "1.5 KiB"],
  [200 * 1024 ** 2, "200 MiB"],
  [1.25 * 1024 ** 3, "1.3 GiB"],
  [5000 * 1024 ** 4, "5000 TiB"],
])("%d bytes are %s", (bytes, text) => {
  expect(roughSize(bytes)).toBe(text);
});

it.each([
  [-5, "0 s"],
  [119_000, "119 s"],
  [120_000, "2 min"],
  [7_199_000, "119 min"],
  [7_200_000, "2 h"],
  [3 * day, "3 days"],
])("%d ms are %s", (ms, text) => {
  expect(roughTime(ms)).toBe(text);
});
