import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { goDuration } from "../../../src/job/labels.ts";
import { networkName, projectName, reusableVolumeBase, rfc1123, volumeName } from "../../../src/job/names.ts";

const parts = { shortToken: "Ab.C_d-Ef", projectId: 42, projectSlot: 1 };

test.each([
  ["runner-AbC_d.e-project", "runner-abcde-project"],
  ["-_-runner-", "runner"],
  ["x".repeat(70), "x".repeat(63)],
  [`${"x".repeat(62)}-y`, "x".repeat(62)],
  ["", ""],
])("%j as a host name is %j", (text, expected) => {
  expect(rfc1123(text)).toBe(expected);
});

test("a host name is one whatever it is made of", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(rfc1123(text)).toMatch(/^(?:[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?)?$/);
    }),
  );
});

test("containers and networks are named as GitLab Runner names them", () => {
  expect(projectName(parts)).toBe("runner-abcd-ef-project-42-concurrent-1");
  expect(networkName(parts, 4711)).toBe("runner-abcd-ef-42-1-4711");
});

test("reusable volumes are named by the whole token, so that runners with one short token don't meet", () => {
  const sum = createHash("sha256").update("glrt-token-s_1-42-1").digest("hex");
  expect(reusableVolumeBase("glrt-token", "s_1", parts)).toBe(`runner-${sum.slice(0, 32)}`);
  expect(reusableVolumeBase("glrt-token2", "s_1", parts)).not.toBe(reusableVolumeBase("glrt-token", "s_1", parts));
});

test("a protected volume has another name than the ordinary one of its place", () => {
  const sum = createHash("md5").update("/cache").digest("hex");
  expect(volumeName("base", "/cache", false)).toBe(`base-cache-${sum}`);
  expect(volumeName("base", "/cache", true)).toBe(`base-cache-${sum}-protected`);
});

test.each([
  [0, "0s"],
  [59, "59s"],
  [60, "1m0s"],
  [3600, "1h0m0s"],
  [5025, "1h23m45s"],
  [90_000, "25h0m0s"],
])("%d seconds are %s, as Go prints them", (seconds, text) => {
  expect(goDuration(seconds)).toBe(text);
});
