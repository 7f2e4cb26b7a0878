import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bind, bindDestination, cleanPath, isWithin, mergeBinds, parseVolume } from "../../../src/job/volumes.ts";

const asIs = (text: string) => text;

describe("a volume", () => {
  test.each([
    ["/dst", { source: "", destination: "/dst", mode: "" }],
    ["/dst/", { source: "", destination: "/dst/", mode: "" }],
    ["/dst with blanks", { source: "", destination: "/dst with blanks", mode: "" }],
    ["/host:/dst", { source: "/host", destination: "/dst", mode: "" }],
    ["name:/dst", { source: "name", destination: "/dst", mode: "" }],
    ["/host:/dst:ro", { source: "/host", destination: "/dst", mode: "ro" }],
    ["/host:/dst:RW", { source: "/host", destination: "/dst", mode: "RW" }],
    ["/host:/dst:O", { source: "/host", destination: "/dst", mode: "O" }],
    ["/host:/dst:z", { source: "/host", destination: "/dst", mode: "z" }],
    ["/host:/dst:ro,Z", { source: "/host", destination: "/dst", mode: "ro,Z" }],
    ["/host:/dst:rshared", { source: "/host", destination: "/dst", mode: "rshared" }],
    ["/host:/dst:ro,z,rprivate", { source: "/host", destination: "/dst", mode: "ro,z,rprivate" }],
    ["/:/host", { source: "/", destination: "/host", mode: "" }],
    ["/dst:ro", { source: "", destination: "/dst", mode: "ro" }],
  ])("%j is read", (text, expected) => {
    expect(parseVolume(text, asIs)).toEqual(expected);
  });

  test.each([
    "",
    "relative",
    "./here:/dst",
    "/host:relative",
    "/a:/b:/c",
    "/a:/b:rx",
    "C:\\data:/dst",
    "/a:/b:ro,rw",
    "/dst\n",
    ":/dst",
  ])("%j is none", (text) => {
    expect(parseVolume(text, asIs)).toBeNull();
  });

  test("has variables in its destination only", () => {
    const upper = (text: string) => text.toUpperCase();
    expect(parseVolume("/host/$a:/dst/$b:ro", upper)).toEqual({
      source: "/host/$a",
      destination: "/DST/$B",
      mode: "ro",
    });
  });

  test("never throws, and what was read is read the same again", () => {
    const parts = fc.constantFrom(
      "/",
      ":",
      ",",
      "ro",
      "rw",
      "z",
      "shared",
      "rslave",
      "a",
      "$V",
      "..",
      " ",
      "\\",
      "\n",
      "O",
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.array(parts).map((list) => list.join("")),
        ),
        (text) => {
          const volume = parseVolume(text, asIs);
          if (volume === null) return;
          const printed =
            volume.source === ""
              ? volume.destination + (volume.mode && `:${volume.mode}`)
              : bind(volume.source, volume.destination, volume.mode);
          expect(parseVolume(printed, asIs)).toEqual(volume);
        },
      ),
    );
  });

  test("that is hostile is refused before the test's time is up", () => {
    expect(parseVolume(`/${"a".repeat(20_000)}/${"b/".repeat(20_000)}:\n`, asIs)).toBeNull();
    expect(parseVolume(`${"/a".repeat(20_000)}:`, asIs)).toBeNull();
  });
});

test("own binds take the place of others with the same destination", () => {
  const base = ["/host:/data:ro", "cache:/cache", "/certs-of-the-admin:/certs/client"];
  expect(mergeBinds(base, ["ours:/certs/client:ro", "more:/more"])).toEqual([
    "/host:/data:ro",
    "cache:/cache",
    "ours:/certs/client:ro",
    "more:/more",
  ]);
  expect(bindDestination("/host:/data:ro,z")).toBe("/data");
});

test.each([
  ["/builds", "/builds", true],
  ["/builds/a", "/builds", true],
  ["/builds-of-others", "/builds", false],
  ["/build", "/builds", false],
  ["/a", "/", true],
  ["/a/b", "/a/", true],
])("%j within %j: %j", (path, outer, expected) => {
  expect(isWithin(path, outer)).toBe(expected);
});

test.each([
  ["/a//b/../c/", "/a/c"],
  ["/", "/"],
  ["/..", "/"],
])("%j is %j without detours", (path, expected) => {
  expect(cleanPath(path)).toBe(expected);
});
