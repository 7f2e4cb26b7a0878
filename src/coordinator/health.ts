/** Of a [[runners]] entry (protocol section 3.2). Plain data; a reload begins again with `healthy`. */
export interface Health {
  /** Failures in a row: 403, or a configuration that no call can be made with. Nothing else counts. */
  readonly failures: number;
  /** Milliseconds since the epoch; null while calls are made. */
  readonly disabledAt: number | null;
}

export interface HealthLimits {
  /** `unhealthy_requests_limit`. */
  readonly failures: number;
  /** `unhealthy_interval` in milliseconds. */
  readonly intervalMs: number;
}

export const healthy: Health = { failures: 0, disabledAt: null };

export function afterAnswer(health: Health, good: boolean, limits: HealthLimits, now: number): Health {
  if (good) return healthy;
  const failures = health.failures + 1;
  return { failures, disabledAt: failures >= limits.failures ? now : null };
}

/** When the entry may ask again: in the past for "now". */
export function mayAskAt(health: Health, limits: HealthLimits): number {
  return health.disabledAt === null ? 0 : health.disabledAt + limits.intervalMs;
}

/** To be called when an entry that was disabled asks again: the count starts anew. */
export function afterForcedCheck(health: Health): Health {
  return health.disabledAt === null ? health : healthy;
}
