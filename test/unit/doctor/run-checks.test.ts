import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Check, fail, type Outcome, pass, skip, warn } from "../../../src/doctor/check.ts";
import { runChecks } from "../../../src/doctor/run-checks.ts";
import { DockerError } from "../../../src/docker/errors.ts";
import { systemClock } from "../../../src/support/clock.ts";
import { AgentError } from "../../../src/support/errors.ts";

const never = new AbortController().signal;

const check = (
  name: string,
  run: (signal: AbortSignal) => Promise<Outcome> | Outcome,
  more: Partial<Check<null>> = {},
): Check<null> => ({ name, needs: [], limitMs: 1_000, run: async (_, signal) => run(signal), ...more });

const outcomes = async (checks: readonly Check<null>[], deadline = never, signal = never) =>
  (await runChecks(checks, null, systemClock, deadline, signal)).map(({ name, verdict, finding }) => [
    name,
    verdict,
    finding,
  ]);

describe("checks", () => {
  it("are returned in the order of the list, however they end", async () => {
    const slow = Promise.withResolvers<Outcome>();
    const checks = [
      check("slow", () => slow.promise),
      check("fast", () => {
        slow.resolve(pass("late"));
        return warn("early", "do it");
      }),
    ];
    expect(await outcomes(checks)).toEqual([
      ["slow", "pass", "late"],
      ["fast", "warn", "early"],
    ]);
  });

  it("are left out when one that they need has failed or was left out, and made when it only warns", async () => {
    const checks = [
      check("broken", () => fail("no", "fix")),
      check("odd", () => warn("hm", "fix")),
      check("second", () => pass("never"), { needs: ["broken"] }),
      check("third", () => pass("never"), { needs: ["odd", "second"] }),
      check("fine", () => pass("made"), { needs: ["odd"] }),
    ];
    expect((await outcomes(checks)).slice(2)).toEqual([
      ["second", "skip", '"broken" failed'],
      ["third", "skip", '"broken" failed'],
      ["fine", "pass", "made"],
    ]);
  });

  it("that throw have failed, with the error's own hint where it has one", async () => {
    const thrown = (error: Error) => check(error.name, () => Promise.reject(error));
    const results = await runChecks(
      [
        thrown(new AgentError("CODE", "it broke", { hint: "mend it" })),
        thrown(new DockerError("do it", "permission-denied", "no", 0)),
        thrown(new TypeError("whatever")),
      ],
      null,
      systemClock,
      never,
      never,
    );
    expect(results.map(({ verdict, finding, fix }) => [verdict, finding, fix])).toEqual([
      ["fail", "it broke", "mend it"],
      ["fail", "do it: no", expect.stringContaining("Docker socket")],
      ["fail", "whatever", expect.stringContaining("journalctl -u docker")],
    ]);
  });
});

describe("the time of checks", () => {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(AbortSignal, "timeout").mockImplementation((ms) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new DOMException("late", "TimeoutError")), ms);
      return controller.signal;
    });
  });
  afterEach(() => vi.useRealTimers());

  const hanging = () => new Promise<Outcome>(() => {});

  it("is limited for each, also for one that doesn't listen; what that means is its own to say", async () => {
    const checks = [
      check("deaf", hanging),
      check("telling", hanging, { limitMs: 500, whenLate: () => skip("nobody answers") }),
    ];
    const results = outcomes(checks);
    await vi.advanceTimersByTimeAsync(1_000);
    expect(await results).toEqual([
      ["deaf", "fail", "no result in time (at most 1 s)"],
      ["telling", "skip", "nobody answers"],
    ]);
  });

  it("is limited for all: what has hardly begun then, or not at all, is left out", async () => {
    const deadline = new AbortController();
    const checks = [
      check("running", hanging, { whenLate: () => warn("cut off", "") }),
      check("hardly begun", hanging, { limitMs: 60_000, whenLate: () => warn("cut off", "") }),
      check("waiting", () => pass("never"), { needs: ["running"] }),
    ];
    const results = outcomes(checks, deadline.signal);
    await vi.advanceTimersByTimeAsync(600);
    deadline.abort(new Error("over"));
    expect(await results).toEqual([
      ["running", "warn", "cut off"],
      ["hardly begun", "skip", "not examined in time"],
      ["waiting", "skip", "not examined in time"],
    ]);
  });

  it("ends with the signal, whose reason is thrown", async () => {
    const interrupted = new AbortController();
    const results = outcomes([check("running", hanging)], never, interrupted.signal);
    interrupted.abort(new Error("interrupted"));
    await expect(results).rejects.toThrow("interrupted");
  });
});
