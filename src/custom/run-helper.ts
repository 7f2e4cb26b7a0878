import { Helper } from "../executor/helper-container.ts";
import { StageFailure } from "../executor/stage-failure.ts";
import type { JobPlan } from "../job/plan.ts";
import type { DriverCall } from "./driver.ts";
import { OutputTrace } from "./output-trace.ts";
import { engineOf } from "./job-engine.ts";
import type { SessionFacts } from "./session.ts";

/** A stage in the helper, as the runner generated it. @throws StageFailure when it fails */
export async function runHelper(
  call: DriverCall,
  facts: SessionFacts,
  plan: JobPlan,
  stage: string,
  script: string,
): Promise<void> {
  const helper = new Helper(await engineOf(facts), facts.helper, new OutputTrace(call.write));
  const exitCode = await helper.run(`${plan.openUmask ? "umask 0000\n" : ""}${script}`, call.signal);
  if (exitCode !== 0)
    throw new StageFailure("sources-failed", `${stage} failed with exit code ${exitCode}`, { exitCode });
}
