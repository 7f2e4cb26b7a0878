import { describe, expect, it } from "vitest";
import type { PlanInput } from "../../../src/job/plan-input.ts";
import { planRemoteCache } from "../../../src/job/remote-cache-plan.ts";
import { internal, Variables } from "../../../src/job/variables.ts";

function timeoutSeconds(minutes: string): number | undefined {
  const cache = { Type: "s3", Path: "", Shared: true, MaxUploadedArchiveSize: 0 };
  const input = { runner: { cache, token: "glrt-abc" }, payload: { job_info: { project_id: 1 } } };
  const variables = new Variables([internal("CACHE_REQUEST_TIMEOUT", minutes)]);
  return planRemoteCache(input as unknown as PlanInput, variables)?.timeoutSeconds;
}

describe("CACHE_REQUEST_TIMEOUT", () => {
  it.each([
    ["", 600],
    ["3", 180],
    ["never", 600],
    ["999999999999999", 604_800],
  ])("%j is %i seconds: stores sign for no more than a week", (minutes, seconds) => {
    expect(timeoutSeconds(minutes)).toBe(seconds);
  });
});
