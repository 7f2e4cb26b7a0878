import { randomBytes } from "node:crypto";
import { JobEnd } from "./job-end.ts";
import type { ScriptStyle } from "../job/plan.ts";
import type { StageName } from "../job/stages.ts";
import { timeoutWarning } from "../job/timeout-warning.ts";
import { Limit } from "../support/limit.ts";
import { userScript } from "../script/user-script.ts";
import type { BuildContainer } from "./build-container.ts";
import type { MarkedScript, ScriptResult } from "./build-container-options.ts";
import { survivingLoss } from "./container-loss.ts";
import type { JobContext } from "./job-context.ts";
import { StageFailure } from "./stage-failure.ts";

/** What CI_JOB_STATUS tells after_script. */
export type JobStatus = "success" | "failed" | "canceled" | "timedout";

/** The author's steps, one after another; the first that fails ends them. */
export async function runSteps(context: JobContext, build: BuildContainer): Promise<void> {
  const { plan, control, clock, output } = context;
  control.enterScripts();
  output.begin();
  const limited = new AbortController();
  const timer =
    plan.scriptTimeoutSeconds === null
      ? null
      : clock.sleep(plan.scriptTimeoutSeconds * 1000 - behindMs(context), limited.signal).then(
          () =>
            limited.abort(new JobEnd("script-timeout", `script took longer than ${plan.scriptTimeoutSeconds} seconds`)),
          () => {},
        );
  const signal = AbortSignal.any([control.script, limited.signal]);
  try {
    for (const step of plan.steps) {
      const script = wrap(context, step.lines, "script_step", plan.style, []);
      const result = await runScript(context, build, step.stage, script, signal);
      if (result.exitCode !== 0) throw scriptFailure(result);
    }
    output.succeeded = true;
  } finally {
    output.end();
    limited.abort(new Error("the script has ended"));
    await timer;
  }
}

/** The after_script: a fresh run with its own limit; whether its failure counts is the job's choice. */
export async function runAfterScript(context: JobContext, build: BuildContainer, status: JobStatus): Promise<void> {
  const { plan, control, trace } = context;
  const lines = plan.afterScript;
  if (lines === null) return;
  using limit = new Limit(plan.afterScriptTimeoutSeconds * 1000, control.job);
  const style = { ...plan.style, preBuildScript: "", postBuildScript: "" };
  const script = wrap(context, lines, "after_script_step", style, [{ key: "CI_JOB_STATUS", value: status }]);
  try {
    const result = await runScript(context, build, "after_script", script, limit.signal);
    if (result.exitCode === 0) return;
    if (plan.afterScriptIgnoreErrors)
      await trace.warning(`after_script failed, but job will continue unaffected: exit code ${result.exitCode}`);
    else throw scriptFailure(result);
  } catch (error) {
    control.job.throwIfAborted();
    if (!limit.isOver) throw error;
    await trace.warning(timeoutWarning("after_script"));
    const problem = `after_script took longer than ${plan.afterScriptTimeoutSeconds} seconds`;
    if (!plan.afterScriptIgnoreErrors) throw new StageFailure("script-timeout", problem);
    await trace.warning(`after_script failed, but job will continue unaffected: ${problem}`);
  }
}

/** Runs a script as a stage, or goes on with what an earlier run of the agent began. */
function runScript(
  context: JobContext,
  build: BuildContainer,
  stage: StageName,
  script: MarkedScript,
  signal: AbortSignal,
): Promise<ScriptResult> {
  const begin = async () => {
    if (stage === "after_script") await context.trace.info("Running after script...");
    return survivingLoss(context, stage, build, () => build.run(script, signal));
  };
  return context.stage(stage, begin, async ({ run, isTaken }) => {
    if (run === null) return build.runAnew(script, signal);
    context.output.missBeginning();
    return (await build.resume(run, isTaken, signal)) ?? build.runAnew(script, signal);
  });
}

/** What is over of the scripts' time. */
function behindMs({ scriptsBeganAt, clock }: JobContext): number {
  return scriptsBeganAt === null ? 0 : Math.max(0, clock.now() - scriptsBeganAt);
}

function wrap(
  { plan }: JobContext,
  lines: readonly string[],
  section: string,
  style: ScriptStyle,
  exports: readonly { readonly key: string; readonly value: string }[],
): MarkedScript {
  const mark = { id: randomBytes(8).toString("hex") };
  const text = userScript({
    mark,
    lines,
    projectDir: plan.projectDir,
    tempDir: plan.tempDir,
    exports,
    fileVariables: plan.fileVariables,
    preBuildScript: style.preBuildScript,
    postBuildScript: style.postBuildScript,
    xtrace: style.xtrace,
    exitCodeCheck: style.exitCodeCheck,
    sectionPrefix: style.sections ? section : null,
  });
  return { text, mark };
}

function scriptFailure({ exitCode, oomKilled }: ScriptResult): StageFailure {
  const hint = oomKilled
    ? "the kernel killed a process of the build container because its memory ran out: lower the job's memory use, or raise `memory` in config.toml"
    : "";
  return new StageFailure("script-failed", `exit code ${exitCode}`, { exitCode, oomKilled, hint });
}
