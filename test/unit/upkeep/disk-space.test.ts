import { describe, expect, it } from "vitest";
import { parseWatermark } from "../../../src/config/watermark.ts";
import { type DiskSpace, readDf } from "../../../src/upkeep/disk-space.ts";
import { lowInodes, shortageOf, spaceInWords } from "../../../src/upkeep/space-shortage.ts";

const gib = 1024 ** 3;
const disk = (free: number, freeInodes = 500): DiskSpace => ({
  freeBytes: free * gib,
  totalBytes: 100 * gib,
  freeInodes,
  totalInodes: 1000,
});
const mark = (text: string) => parseWatermark(text) ?? { bytes: null, share: null };

describe("readDf", () => {
  it("reads what is free from what df prints, in GNU's words and in busybox's", () => {
    const output = `blocks /dev/vda  263174212 19000000 76000000 21% /longshore-disk\ninodes /dev/vda 16777216 622866 16154350 4% /longshore-disk`;
    expect(readDf(output)).toEqual({
      totalBytes: 263_174_212 * 1024,
      freeBytes: 76_000_000 * 1024,
      totalInodes: 16_777_216,
      freeInodes: 16_154_350,
    });
  });

  it("knows nothing of inodes where there are none, and nothing at all when df fails", () => {
    expect(readDf("blocks tank 100 40 60 40% /d\ninodes tank 0 0 0 - /d")).toMatchObject({ totalInodes: Number.NaN });
    expect(readDf("blocks \ninodes ")).toMatchObject({ freeBytes: Number.NaN, freeInodes: Number.NaN });
  });
});

describe("shortageOf", () => {
  it.each<[what: string, space: DiskSpace, mark: string, found: object | null]>([
    ["enough", disk(11), "10g", null],
    ["too few bytes", disk(9), "10g", { bytes: gib, isOfInodes: false }],
    ["too few inodes", disk(90, 49), "10g", { bytes: -80 * gib, isOfInodes: true }],
    ["just enough inodes", disk(90, 50), "10g", null],
    ["a file system without inodes", { ...disk(90), freeInodes: Number.NaN, totalInodes: Number.NaN }, "10g", null],
    ["nobody asks", disk(0, 0), "0", null],
    ["nobody knows", { ...disk(0), freeBytes: Number.NaN }, "10g", null],
  ])("%s", (_, space, text, found) => expect(shortageOf(space, mark(text), lowInodes)).toEqual(found));
});

describe("spaceInWords", () => {
  it("says bytes and inodes as people do", () => {
    expect(spaceInWords(disk(0.4, 12))).toBe("409 MiB and 1.2 % of the inodes");
    expect(spaceInWords({ ...disk(3.21), freeInodes: Number.NaN })).toBe("3.2 GiB");
  });
});
