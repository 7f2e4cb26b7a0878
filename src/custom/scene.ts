import type { JobPlan } from "../job/plan.ts";
import type { OutputTail } from "../trace/output-tail.ts";
import type { Session } from "./session.ts";

/** What a call has found out by the time it fails: filled by the call, read by whoever explains the failure. */
export interface CallScene {
  session: Session | null;
  plan: JobPlan | null;
  /** null where no script of the author's runs, or none whose failure is the job's. */
  output: OutputTail | null;
}
