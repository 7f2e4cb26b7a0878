import { clearWorktreeScript, getSourcesScript } from "../script/git.ts";
import type { Helper } from "./helper-container.ts";
import { helperStage } from "./helper-stage.ts";
import type { JobContext } from "./job-context.ts";
import { pauseBeforeRetry } from "./retry-pause.ts";
import { StageFailure } from "./stage-failure.ts";

/** The get_sources stage, with GET_SOURCES_ATTEMPTS tries; after the first failure the work tree is cleared once. */
export async function getSources(context: JobContext, helper: Helper | null): Promise<void> {
  const { plan, control } = context;
  const { sources } = plan;
  if (sources === null || helper === null) {
    await context.stage("get_sources", async () => {
      await context.trace.line("Skipping Git repository setup");
      await context.trace.line("Skipping Git checkout");
      await context.trace.line("Skipping Git submodules setup");
    });
    return;
  }
  const options = { ...sources, openUmask: plan.openUmask, xtrace: plan.debugTrace };
  const script = getSourcesScript(options);
  for (let attempt = 1; ; attempt++) {
    const code = await helperStage(context, helper, "get_sources", "before-script", () =>
      helper.run(script, control.job),
    );
    if (code === 0) return;
    if (attempt >= plan.attempts.getSources) {
      throw new StageFailure("sources-failed", `fetching the sources failed with exit code ${code}`, {
        exitCode: code,
      });
    }
    if (attempt === 1) {
      await helperStage(context, helper, "clear_worktree", "before-script", () =>
        helper.run(clearWorktreeScript(options), control.job),
      );
    }
    await pauseBeforeRetry(context, attempt);
  }
}
