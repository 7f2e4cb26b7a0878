import type { JobPlan } from "../job/plan.ts";

/** A variable of the job as its containers get it; "" when it isn't set. */
export function planVariable(plan: Pick<JobPlan, "environment">, key: string): string {
  return plan.environment.findLast((entry) => entry.startsWith(`${key}=`))?.slice(key.length + 1) ?? "";
}
