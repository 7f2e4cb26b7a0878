import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shortToken, tokenKind } from "../../../src/coordinator/token.ts";

describe("shortToken", () => {
  it.each([
    ["glrt-abcdefghijkl", "abcdefghi"],
    ["glrt-t1_abcdefghijkl", "abcdefghi"],
    ["glrt-t4_abcdefghijkl", "t4_abcdef"],
    ["t3_abcdefghijkl", "abcdefghi"],
    ["glrtr-abcdefghijkl", "abcdefghi"],
    ["glcbt-64_abcdefghijkl", "64_abcdef"],
    ["GR1348941abcdefghijkl", "abcdefghi"],
    ["GRxyz8941abcdefghijkl", "GRxyz8941"],
    ["abcdefghijklmnopqrst", "abcdefghi"],
    ["glrt-abc", "abc"],
    ["", ""],
  ])("shortens %s to %s", (token, short) => {
    expect(shortToken(token)).toBe(short);
  });

  it("never shows more than nine characters", () => {
    fc.assert(
      fc.property(fc.string(), (token) => {
        expect(shortToken(token).length).toBeLessThanOrEqual(9);
      }),
    );
  });
});

it("takes a glrt- token for one of a created runner and everything else for something else", () => {
  expect(["glrt-x", "glrtr-x", "GR1348941x", "plain"].map(tokenKind)).toEqual(["created", "other", "other", "other"]);
});
