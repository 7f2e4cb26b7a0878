import { AgentError, type Audience } from "../support/errors.ts";
import type { FailureReason } from "./failure-reason.ts";

/** Why a job can't be run as it stands: decided before anything was made for it. */
export class JobRefusal extends AgentError {
  readonly reason: FailureReason;

  constructor(code: string, reason: FailureReason, message: string, hint: string, audience: Audience = "author") {
    super(code, message, { hint, audience });
    this.name = "JobRefusal";
    this.reason = reason;
  }
}

/** The usual kind: the job asks for what the configuration doesn't allow, or what makes no sense. */
export function configurationRefusal(code: string, message: string, hint: string, audience?: Audience): JobRefusal {
  return new JobRefusal(code, "runner_configuration_error", message, hint, audience);
}
