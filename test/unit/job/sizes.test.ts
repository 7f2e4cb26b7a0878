import fc from "fast-check";
import { expect, test } from "vitest";
import { parseGpus } from "../../../src/job/gpus.ts";
import { JobRefusal } from "../../../src/job/refusal.ts";
import { memoryBytes, nanoCpus } from "../../../src/job/sizes.ts";

test.each([
  ["", 0],
  ["-1", -1],
  ["0", 0],
  ["1024", 1024],
  ["32b", 32],
  ["32k", 32 * 1024],
  ["32kb", 32 * 1024],
  ["32KiB", 32 * 1024],
  ["512m", 512 * 1024 ** 2],
  ["512 M", 512 * 1024 ** 2],
  ["1.5g", 1.5 * 1024 ** 3],
  [".5GB", 0.5 * 1024 ** 3],
  ["2t", 2 * 1024 ** 4],
  ["1p", 1024 ** 5],
])("%j is %d bytes", (text, bytes) => {
  expect(memoryBytes("memory", text)).toBe(bytes);
});

test.each(["m", "12x", "1 2", "1..5g", "g1", "--1", "-512m", "1bb", "1ib", "0x10", "1,5g", " 1g", "1g "])(
  "%j is no memory size",
  (text) => {
    expect(() => memoryBytes("memory", text)).toThrow(JobRefusal);
  },
);

test("every number with every unit is read, in any case, and bytes are whole", () => {
  const units = ["", "b", "k", "kb", "kib", "m", "mb", "mib", "g", "gb", "gib"];
  fc.assert(
    fc.property(fc.nat(100_000), fc.nat(99), fc.constantFrom(...units), fc.boolean(), (whole, part, unit, upper) => {
      const bytes = memoryBytes("memory", `${whole}.${part}${upper ? unit.toUpperCase() : unit}`);
      expect(Number.isInteger(bytes)).toBe(true);
      expect(bytes).toBeGreaterThanOrEqual(whole);
    }),
  );
});

test("any other text is refused or a number, and never anything else", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      for (const read of [memoryBytes, nanoCpus]) {
        try {
          expect(Number.isFinite(read("key", text))).toBe(true);
        } catch (error) {
          expect(error).toBeInstanceOf(JobRefusal);
        }
      }
    }),
  );
});

test.each([
  ["", 0],
  ["2", 2e9],
  ["0.5", 5e8],
  [".25", 25e7],
  ["1.", 1e9],
])("%j are %d billionths of a CPU", (text, expected) => {
  expect(nanoCpus("cpus", text)).toBe(expected);
});

test.each(["9999999999p", "9".repeat(400)])("%s is more than any daemon can be told", (text) => {
  expect(() => memoryBytes("memory", text)).toThrow(JobRefusal);
  expect(() => nanoCpus("cpus", text.replace("p", "0"))).toThrow(JobRefusal);
  expect(() => parseGpus("gpus", text.replace("p", "0000000000"))).toThrow(JobRefusal);
});

const gpu = ["gpu"];
test.each([
  ["", null],
  ["  ", null],
  ["all", { driver: "", count: -1, deviceIds: [], capabilities: gpu }],
  ["2", { driver: "", count: 2, deviceIds: [], capabilities: gpu }],
  ["count=2", { driver: "", count: 2, deviceIds: [], capabilities: gpu }],
  ["device=0", { driver: "", count: 0, deviceIds: ["0"], capabilities: gpu }],
  ['"device=0,GPU-3a23"', { driver: "", count: 0, deviceIds: ["0", "GPU-3a23"], capabilities: gpu }],
  ["device=0,1", { driver: "", count: 0, deviceIds: ["0", "1"], capabilities: gpu }],
  [
    'driver=nvidia,"capabilities=utility,compute"',
    { driver: "nvidia", count: 1, deviceIds: [], capabilities: ["gpu", "utility", "compute"] },
  ],
  [
    'driver=nvidia,"options=visible=true,mode=a=b,plain"',
    {
      driver: "nvidia",
      count: 1,
      deviceIds: [],
      capabilities: gpu,
      options: { visible: "true", mode: "a=b", plain: "" },
    },
  ],
  ["all,capabilities=utility", { driver: "", count: -1, deviceIds: [], capabilities: ["gpu", "utility"] }],
])("gpus = %j is read as `docker run --gpus` does", (text, expected) => {
  expect(parseGpus("gpus", text)).toEqual(expected);
});

test.each(["some", "count=many", "colour=red"])("gpus = %j is refused", (text) => {
  expect(() => parseGpus("gpus", text)).toThrow(JobRefusal);
});
