import { expect, test } from "vitest";
import { parseConfig } from "../../../src/config/parse.ts";
import { parseUlimit } from "../../../src/job/host-settings.ts";
import { memoryBytes, nanoCpus } from "../../../src/job/sizes.ts";
import { entry } from "./bad-config/bad-config.ts";

const read = (toml: string) => parseConfig(toml, "config.toml", { env: {}, home: "/" });

test.each([
  'memory = "1e9"',
  'memory = "+512m"',
  'cpus = "1/2"',
  'cpus = "+1"',
  'service_cpus = "15e-1"',
  'isolation = "Default"',
  '[runners.docker.ulimit]\nnofile = "+1024:+4096"',
])("an entry is used with what GitLab Runner can read, too: %s", (docker) => {
  expect(read(entry(docker))).toMatchObject({ warnings: [], faults: [] });
});

test("numbers are read as they are meant", () => {
  expect([memoryBytes("memory", "1e9"), memoryBytes("memory", "+1.5e1 k")]).toEqual([1e9, 15 * 1024]);
  expect(["1/2", "+3/2", "15e-1", "1/3"].map((text) => nanoCpus("cpus", text))).toEqual([5e8, 15e8, 15e8, 333_333_333]);
  expect(() => nanoCpus("cpus", "1/0")).toThrow("not a number of CPUs");
  expect(parseUlimit("nofile", "+1:+2")).toEqual({ name: "nofile", soft: 1, hard: 2 });
});

test.each([
  ["s3v2", "s3"],
  ["gcsv2", "gcs"],
])("a cache of the type %s is one of the type %s", (written, type) => {
  const toml = entry("", `[runners.cache]\nType = "${written}"\n[runners.cache.${type}]\nBucketName = "b"`);
  expect(read(toml).config.runners[0]?.cache?.Type).toBe(type);
});
