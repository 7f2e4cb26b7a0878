import { readFile } from "node:fs/promises";
import type { JobPlan } from "../job/plan.ts";
import { AgentError, messageOf } from "../support/errors.ts";
import { OutputTail } from "../trace/output-tail.ts";
import { type DriverCall, driverState } from "./driver.ts";
import type { CallScene } from "./scene.ts";
import { Session } from "./session.ts";
import { kindOf } from "./stage-kind.ts";

/**
 * `run_exec`: one stage. What doesn't need it is not loaded: a process is started for each of a dozen stages.
 *
 * @param scene is filled as it is found out
 * @throws StageFailure when the stage fails
 */
export async function runStage(call: DriverCall, scriptFile: string, stage: string, scene: CallScene): Promise<void> {
  const state = await driverState(call.stateRoot, call.configFile);
  const session = await Session.find(state.sessionsPath, call.caller.directory);
  if (session?.facts.state !== "prepared") throw notPrepared();
  const [plan, script] = await Promise.all([session.plan(), readScript(scriptFile)]);
  Object.assign(scene, { session, plan });
  switch (kindOf(stage, script)) {
    case "script": {
      const output = new OutputTail();
      if (stage !== "after_script") scene.output = output;
      const { runScript } = await import("./run-script.ts");
      return runScript(call, session, plan, script, output);
    }
    case "helper": {
      const { runHelper } = await import("./run-helper.ts");
      return runHelper(call, session.facts, plan, stage, script);
    }
    case "own": {
      if (hasNothingToDo(stage, plan)) return;
      const { runOwn } = await import("./run-own.ts");
      return runOwn(call, session, plan, stage);
    }
  }
}

function hasNothingToDo(stage: string, plan: JobPlan): boolean {
  if (stage === "download_artifacts") return plan.dependencies.length === 0;
  return (stage.includes("cache") ? plan.caches : plan.artifacts).length === 0;
}

async function readScript(file: string): Promise<string> {
  try {
    return await readFile(file, "utf8");
  } catch (cause) {
    throw new AgentError("CUSTOM_SCRIPT", `the stage's script can't be read: ${messageOf(cause)}`, {
      hint: "let run_exec call `longshore-custom-run`; the runner adds the script's path and the stage's name",
      cause,
    });
  }
}

function notPrepared(): AgentError {
  return new AgentError("CUSTOM_NOT_PREPARED", "nothing is prepared for this job", {
    hint: "let prepare_exec call `longshore-custom-prepare` with the --config and --state-dir that run_exec has",
  });
}
