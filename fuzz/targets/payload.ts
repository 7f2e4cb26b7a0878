import { type JobPayload, jobPayloadSchema } from "../../src/coordinator/job-payload.ts";
import { hold, holdEqual, refusal } from "../hold.ts";
import { payloads } from "../payloads.ts";
import { planInput } from "../plan-input.ts";
import { planJob } from "../../src/job/plan-job.ts";
import { JobRefusal } from "../../src/job/refusal.ts";
import { isWithin } from "../../src/job/volumes.ts";
import type { FuzzTarget } from "../target.ts";

/** The coordinator's answer to a request for a job, and the plan that is made of it. */
export const payload: FuzzTarget = {
  name: "payload",
  share: 40,
  arbitrary: payloads(0.15),
  limitMs: 1000,
  check(json) {
    const parsed = jobPayloadSchema.safeParse(json);
    if (!parsed.success) {
      hold(parsed.error.issues.length > 0, "a refused payload has an issue");
      return;
    }
    holdEqual(jobPayloadSchema.parse(parsed.data), parsed.data, "a payload that was read is read again as it is");
  },
};

/** A plan is made or the job is refused, for whatever is in a payload that has the right form. */
export const plan: FuzzTarget = {
  name: "plan",
  share: 25,
  arbitrary: payloads(1),
  limitMs: 1500,
  check(json) {
    const parsed = jobPayloadSchema.safeParse(json);
    if (parsed.success) planOf(parsed.data);
  },
};

function planOf(job: JobPayload): void {
  try {
    const planned = planJob(planInput(job));
    const copied = JSON.parse(JSON.stringify(planned)) as unknown;
    holdEqual(copied, planned, "a plan is plain data");
    hold(isWithin(planned.projectDir, "/builds"), "the project lies in the builds directory");
    hold(planned.timeoutSeconds > 0, "there is a limit");
    const text = planned.environment.join("");
    hold(!text.includes("\0"), "no NUL is in the environment");
  } catch (error) {
    if (error instanceof JobRefusal) refusal([error.code], error);
    else refusal(["GIT_SETTINGS", "CACHE_POLICY", "SCRIPT_NUL"], error);
  }
}
