/** No wait between two tries is longer: a coordinator that is back must not wait minutes for its logs. */
const longestPauseMs = 15_000;
/** GitLab Runner's own bound for the final update; only its sum is used here. */
const longestReferencePauseMs = 3_600_000;

/** Pauses of 1, 2, 4, 8, 15, 15, ... seconds. */
export class BackOff {
  #failures = 0;

  get failures(): number {
    return this.#failures;
  }

  /** Milliseconds to wait after one more failure. */
  next(): number {
    return Math.min(1000 * 2 ** this.#failures++, longestPauseMs);
  }

  reset(): void {
    this.#failures = 0;
  }
}

/**
 * How long GitLab Runner would go on with `tries` tries (pauses of 1 s, doubled each time up to an hour). A limit of
 * tries that an admin set means that much patience here too, though the tries come more often.
 */
export function patienceMs(tries: number): number {
  let sum = 0;
  for (let pause = 0; pause < tries - 1; pause++) sum += Math.min(1000 * 2 ** pause, longestReferencePauseMs);
  return sum;
}
