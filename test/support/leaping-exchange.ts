import type { exchange, HttpLimits } from "../../src/coordinator/http.ts";
import { LeapingClock } from "./leaping-clock.ts";

type Exchange = typeof exchange;

/** What a limit comes to in real time while calls are expected to hang. */
const realMs = 100;

/** What a coordinator hangs in: whole calls, or the bodies of answers whose status is all that is needed. */
export type Hangs = "calls" | "bodies" | null;

/** The time of one test, and whether its coordinator may hang. */
export const leap = { clock: new LeapingClock(), hangs: null as Hangs, calls: 0 };

export function newLeap(): LeapingClock {
  Object.assign(leap, { clock: new LeapingClock(), hangs: null, calls: 0 });
  return leap.clock;
}

/**
 * For `vi.mock` of coordinator/http.ts: calls are made for real and time stands still meanwhile. What runs into a limit
 * does so soon, and then takes as much of the test's time as that limit stands for.
 */
export function onLeapingTime(original: Exchange): Exchange {
  return async (call) => {
    const { clock, hangs } = leap;
    leap.calls++;
    const limits = hangs === null ? call.limits : shortened(call.limits, hangs);
    const result = await clock.track(original({ ...call, limits }));
    const cost = hangs === "calls" && result.kind === "network" ? limitOf(result.reason, call.limits) : 0;
    if (cost > 0) await clock.sleep(cost, call.signal);
    return result;
  };
}

function shortened(limits: HttpLimits, hangs: "calls" | "bodies"): HttpLimits {
  if (hangs === "bodies") return { ...limits, textMs: realMs };
  const { connectMs, tlsMs, headerMs, bodyIdleMs, textMs } = limits;
  const short = { connectMs, tlsMs, headerMs, bodyIdleMs, textMs };
  const pairs = Object.entries(short).map(([name, ms]) => [name, Math.min(ms, realMs)] as const);
  return { ...limits, wholeMs: Math.min(limits.wholeMs, 10 * realMs), ...Object.fromEntries(pairs) };
}

/** Which of the limits it was. */
function limitOf(reason: string, limits: HttpLimits): number {
  if (reason.includes("'response'")) return limits.headerMs;
  if (reason.includes("'request'")) return limits.wholeMs;
  if (reason.includes("'secureConnect'")) return limits.tlsMs;
  if (/'(connect|lookup)'/.test(reason)) return limits.connectMs;
  return reason.includes("no byte of the answer") ? limits.bodyIdleMs : 0;
}
