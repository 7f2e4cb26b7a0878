import { daemonHint } from "../docker/daemon-hint.ts";
import { DockerError } from "../docker/errors.ts";
import type { Clock } from "../support/clock.ts";
import { AgentError, messageOf } from "../support/errors.ts";
import { orAborted } from "../support/or-aborted.ts";
import { type Check, type CheckResult, fail, type Outcome, skip } from "./check.ts";

/**
 * Makes the checks side by side, each as soon as those that it needs are done, and returns their results in the order of
 * the list. Rejects only with the signal's reason.
 *
 * @param deadline for all of them; one that isn't done by then has failed, or is left out when it has hardly begun
 */
export async function runChecks<C>(
  checks: readonly Check<C>[],
  context: C,
  clock: Clock,
  deadline: AbortSignal,
  signal: AbortSignal,
): Promise<CheckResult[]> {
  const results = new Map<string, Promise<CheckResult>>();
  for (const check of checks) results.set(check.name, checked(check));
  return await Promise.all(results.values());

  async function checked(check: Check<C>): Promise<CheckResult> {
    const needed = await Promise.all(check.needs.flatMap((name) => results.get(name) ?? []));
    const began = clock.monotonic();
    const missing = needed.find(({ verdict }) => verdict === "fail" || verdict === "skip");
    const outcome =
      missing !== undefined
        ? skip(missing.verdict === "fail" ? `"${missing.name}" failed` : missing.finding)
        : deadline.aborted
          ? notInTime
          : await outcomeOf(check, context, clock, deadline, signal);
    return { name: check.name, ...outcome, seconds: (clock.monotonic() - began) / 1000 };
  }
}

const notInTime = skip("not examined in time");

async function outcomeOf<C>(
  check: Check<C>,
  context: C,
  clock: Clock,
  deadline: AbortSignal,
  signal: AbortSignal,
): Promise<Outcome> {
  const began = clock.monotonic();
  const limit = AbortSignal.any([deadline, AbortSignal.timeout(check.limitMs)]);
  const either = AbortSignal.any([signal, limit]);
  try {
    return await orAborted(check.run(context, either), either);
  } catch (error) {
    signal.throwIfAborted();
    // Cut off early it says nothing of what it waited for.
    if (limit.aborted && clock.monotonic() - began < check.limitMs / 2) return notInTime;
    if (limit.aborted) return check.whenLate?.(context) ?? late(check);
    return failureOf(error);
  }
}

const late = ({ limitMs }: { readonly limitMs: number }): Outcome =>
  fail(`no result in time (at most ${limitMs / 1000} s)`, "try again when the machine is less busy");

/** What was thrown, with what is to be done about it. */
export function failureOf(error: unknown): Outcome {
  const hint = error instanceof AgentError ? error.hint : error instanceof DockerError ? daemonHint(error) : "";
  return fail(
    messageOf(error),
    hint === "" ? "see what it says, and the Docker daemon's log: journalctl -u docker" : hint,
  );
}
