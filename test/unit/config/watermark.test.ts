import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { bytesOf, parseWatermark } from "../../../src/config/watermark.ts";

const gib = 1024 ** 3;

describe("a watermark", () => {
  it.each([
    ["10%,10g", { bytes: 10 * gib, share: 0.1 }],
    ["1.5G", { bytes: 1.5 * gib, share: null }],
    ["512 MiB", { bytes: gib / 2, share: null }],
    ["100000", { bytes: 100_000, share: null }],
    ["2.5 %", { bytes: null, share: 0.025 }],
    ["0", { bytes: 0, share: null }],
    ["", { bytes: null, share: null }],
  ])("is read from %j", (text, mark) => expect(parseWatermark(text)).toEqual(mark));

  it.each(["ten", "10%,", "101%", "-1g", "1x", "1g 2g", "9".repeat(40), " ,"])("is not read from %j", (text) =>
    expect(parseWatermark(text)).toBeNull(),
  );

  it.each([
    ["10%,10g", 50 * gib, 5 * gib],
    ["10%,10g", 500 * gib, 10 * gib],
    ["2g", 10 * gib, 2 * gib],
    ["0", 10 * gib, 0],
    ["0,10%", 10 * gib, 0],
    ["", 10 * gib, 0],
  ])("%j is on a disk of %d bytes the lesser of its bounds", (text, total, bound) =>
    expect(bytesOf(parseWatermark(text) ?? { bytes: -1, share: -1 }, total)).toBe(bound),
  );
});

describe("[runners.docker]", () => {
  const read = (keys: string) =>
    parseConfig(
      `[[runners]]\nurl = "http://127.0.0.1"\ntoken = "t"\nexecutor = "docker"\n[runners.docker]\n${keys}`,
      "config.toml",
      { env: {}, home: "/root" },
    ).config.runners[0]?.docker;

  it("has bounds that harm neither small nor large disks", () => {
    expect(read("")).toMatchObject({
      disk_low_watermark: { bytes: 10 * gib, share: 0.1 },
      disk_floor: { bytes: gib, share: 0.02 },
      keep_images: [],
    });
  });

  it("refuses a bound that is none, and names the line and the key", () => {
    expect(() => read('disk_floor = "much"')).toThrow(/config\.toml:6.*disk_floor.*"much"/s);
  });
});
