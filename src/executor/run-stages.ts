import { goesWithJob } from "../job/volumes.ts";
import { timeoutWarning } from "../job/timeout-warning.ts";
import { cleanupScript } from "../script/cleanup.ts";
import { downloadArtifacts } from "./artifact-download.ts";
import { uploadArtifacts } from "./artifact-upload.ts";
import { restoreCache, saveCache } from "./caches.ts";
import type { Helper } from "./helper-container.ts";
import { helperStage } from "./helper-stage.ts";
import type { JobContext } from "./job-context.ts";
import { JobEnd } from "./job-end.ts";
import type { JobSetUp } from "./set-up.ts";
import { type JobStatus, runAfterScript, runSteps } from "./script-stages.ts";
import { getSources } from "./sources.ts";
import { withinLimit } from "./stage-limit.ts";

/**
 * All stages after prepare_executor, in GitLab Runner's order (gitlab-runner-features, section 10). Throws what ended
 * the job: a failure of the job itself counts before one of the cache, that before one of the artifacts.
 */
export async function runStages(context: JobContext, jobSetUp: JobSetUp): Promise<void> {
  const { control, plan } = context;
  const { helper } = jobSetUp;
  await context.stage("prepare_script", () =>
    context.trace.line(`Running on ${plan.build.hostname || plan.build.name} via ${context.agentHost}...`),
  );
  const failures: unknown[] = [];
  const collect = async (body: () => Promise<void>) => {
    try {
      await body();
    } catch (error) {
      control.job.throwIfAborted();
      failures.push(error);
    }
  };
  await collect(async () => {
    await withinLimit(context, plan.getSourcesLimit, () => getSources(context, helper));
    await restoreCache(context, helper);
    await downloadArtifacts(context, helper);
    await runScripts(context, jobSetUp);
  });
  const outcome = failures.length === 0 ? "success" : "failure";
  await collect(() => saveCache(context, helper, outcome));
  await collect(() => uploadArtifacts(context, helper, outcome));
  await cleanUp(context, helper);
  if (failures.length > 0) throw failures[0];
}

async function runScripts(context: JobContext, jobSetUp: JobSetUp): Promise<void> {
  const build = await context.spans.phase("ready_for_script", () => jobSetUp.readyForScript());
  let failure: unknown = null;
  try {
    await runSteps(context, build);
  } catch (error) {
    context.control.job.throwIfAborted();
    failure = error;
    if (error instanceof JobEnd && error.kind === "canceled") {
      await context.trace.warning("script canceled externally (UI, API)");
    } else if (error instanceof JobEnd && error.kind === "script-timeout") {
      await context.trace.warning(timeoutWarning("step_script"));
    }
  }
  try {
    await runAfterScript(context, build, statusOf(failure));
  } catch (error) {
    context.control.job.throwIfAborted();
    // Where the container or its daemon is gone, it is the first to be told that counts.
    failure ??= error;
  }
  if (failure !== null) throw failure;
}

function statusOf(failure: unknown): JobStatus {
  if (failure === null) return "success";
  if (failure instanceof JobEnd) return failure.kind === "script-timeout" ? "timedout" : "canceled";
  return "failed";
}

/** Nothing of a job stays in what the next job of the slot will see. Where all goes with the job there is nothing to do. */
async function cleanUp(context: JobContext, helper: Helper | null): Promise<void> {
  const { plan, control } = context;
  if (helper === null || goesWithJob(plan.volumes, plan.projectDir)) return;
  const script = cleanupScript({
    projectDir: plan.projectDir,
    tempDir: plan.tempDir,
    fileKeys: plan.fileVariables.map((file) => file.key),
    cleanGitConfig: plan.cleanGitConfig,
    jobCleanup: plan.jobCleanup,
    submodules: plan.sources !== null && plan.sources.settings.submodules.strategy !== "none",
  });
  const code = await helperStage(context, helper, "cleanup_file_variables", "after-script", () =>
    helper.run(script, control.job),
  );
  if (code !== 0) await context.trace.warning(`Cleaning up the project directory failed with exit code ${code}`);
}
