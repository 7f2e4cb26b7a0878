import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isRetriable, retryWait } from "../../../src/coordinator/retry-schedule.ts";

const none = { resetTime: "", retryAfter: "" };
const now = Date.parse("Wed, 21 Oct 2026 07:28:00 GMT");

it("retries exactly the statuses of protocol section 1.6", () => {
  const all = Array.from({ length: 500 }, (_, index) => index + 100);
  const retried = all.filter(isRetriable);
  expect(retried.filter((status) => status < 512)).toEqual([408, 429, 500, 502, 503, 504]);
  expect(retried.filter((status) => status >= 512)).toHaveLength(88);
});

describe("retryWait", () => {
  it("waits until the reset time rather than for Retry-After", () => {
    const hints = { resetTime: "Wed, 21 Oct 2026 07:28:07 GMT", retryAfter: "90" };
    expect(retryWait(1, hints, now, 0)).toEqual({ ms: 7000, warning: null });
  });

  it("takes Retry-After when the reset time has passed", () => {
    const hints = { resetTime: "Wed, 21 Oct 2026 07:27:59 GMT", retryAfter: "3" };
    expect(retryWait(1, hints, now, 0)).toEqual({ ms: 3000, warning: null });
  });

  it("waits for no more than a quarter of an hour, whatever is asked for", () => {
    const longest = { ms: 900_000, warning: null };
    expect(retryWait(1, { ...none, retryAfter: "86400" }, now, 0)).toEqual(longest);
    expect(retryWait(1, { ...none, resetTime: "Wed, 21 Oct 2099 07:28:00 GMT" }, now, 0)).toEqual(longest);
  });

  it.each(["0", "-5"])("ignores a Retry-After of %s", (retryAfter) => {
    expect(retryWait(1, { ...none, retryAfter }, now, 1)).toEqual({ ms: 100, warning: null });
  });

  it("does not understand the date form of Retry-After and says so", () => {
    const wait = retryWait(1, { ...none, retryAfter: "Wed, 21 Oct 2026 07:29:00 GMT" }, now, 1);
    expect(wait.ms).toBe(100);
    expect(wait.warning).toContain("Retry-After");
  });

  it.each(["tomorrow", "1445412480", "2026-10-21T07:28:00Z"])(
    "says that a reset time of %s is not a date",
    (resetTime) => {
      expect(retryWait(1, { ...none, resetTime }, now, 1).warning).toContain("RateLimit-ResetTime");
    },
  );

  it("doubles from 100 ms up to 60 s", () => {
    const waits = Array.from({ length: 12 }, (_, index) => retryWait(index + 1, none, now, 1).ms);
    expect(waits).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12800, 25600, 51200, 60000, 60000]);
  });

  it("stays within its bounds, whatever the headers and the jitter", () => {
    const random = fc.double({ min: 0, max: 1, noNaN: true });
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), fc.string(), fc.string(), random, (attempt, a, b, jitter) => {
        const { ms } = retryWait(attempt, { resetTime: a, retryAfter: b }, now, jitter);
        expect(ms >= 1 && ms <= 900_000).toBe(true);
      }),
    );
  });
});
