import { expect, test } from "vitest";
import { complete } from "../../../tools/complete-lockfile.mjs";

const parent = {
  version: "1.2.3",
  dev: true,
  license: "MIT",
  optionalDependencies: {
    "@x/linux-x64": "1.2.3",
    "@x/darwin-arm64": "1.2.3",
    "@x/binding-linux-arm-musleabihf": "1.2.3",
    "@x/binding-win32-x64-msvc": "^1.0.0",
    fsevents: "2.3.3",
  },
};
const there = { version: "1.2.3", integrity: "sha512-x", optional: true, os: ["linux"], cpu: ["x64"] };
const lock = { packages: { "": {}, "node_modules/x": parent, "node_modules/@x/linux-x64": there } };

test("adds what npm left out, with the platform that its name tells, and touches nothing else", () => {
  const { lock: completed, added } = complete(lock);
  expect(added).toEqual(["node_modules/@x/darwin-arm64", "node_modules/@x/binding-linux-arm-musleabihf"]);
  expect(completed.packages["node_modules/@x/darwin-arm64"]).toEqual({
    version: "1.2.3",
    cpu: ["arm64"],
    dev: true,
    license: "MIT",
    optional: true,
    os: ["darwin"],
  });
  expect(completed.packages["node_modules/@x/binding-linux-arm-musleabihf"].libc).toEqual(["musl"]);
  expect(completed.packages["node_modules/@x/linux-x64"]).toBe(there);
  expect(complete(completed).added).toEqual([]);
});
