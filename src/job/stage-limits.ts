import type { RunnerConfig } from "../config/schema.ts";

/** A limit of config.toml on a part of the job. */
export interface StageLimit {
  readonly kind: "prepare-timeout" | "get-sources-timeout";
  /** null: only the job's own limit. */
  readonly seconds: number | null;
}

/** @param timeoutSeconds the job's limit: what is longer is none, as in GitLab Runner */
export function stageLimits(
  runner: Pick<RunnerConfig, "prepare_timeout" | "get_sources_timeout">,
  timeoutSeconds: number,
): { readonly prepare: StageLimit; readonly getSources: StageLimit } {
  const seconds = (ms: number) => (ms > 0 && ms / 1000 <= timeoutSeconds ? ms / 1000 : null);
  return {
    prepare: { kind: "prepare-timeout", seconds: seconds(runner.prepare_timeout) },
    getSources: { kind: "get-sources-timeout", seconds: seconds(runner.get_sources_timeout) },
  };
}

/** The keys of config.toml that don't count for this job, for the agent's log. */
export function ignoredLimits(
  runner: Pick<RunnerConfig, "prepare_timeout" | "get_sources_timeout">,
  timeoutSeconds: number,
): string[] {
  return (["prepare_timeout", "get_sources_timeout"] as const)
    .filter((key) => runner[key] < 0 || runner[key] / 1000 > timeoutSeconds)
    .map((key) => `${key} is ${runner[key] < 0 ? "negative" : "longer than the job's timeout"}: only that counts`);
}
