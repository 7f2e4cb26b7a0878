import type { ArtifactPlan, DependencyPlan, ScriptStyle, StepPlan } from "./plan.ts";
import type { PlanInput } from "./plan-input.ts";
import { configurationRefusal } from "./refusal.ts";
import { stageOfStep } from "./stages.ts";
import type { CacheRequest } from "../script/cache.ts";
import type { Variables } from "./variables.ts";

const afterScriptName = "after_script";

/** The job's steps but after_script. What GitLab makes of `release:` has its variables expanded here, no other script. */
export function planSteps(input: PlanInput, variables: Variables): StepPlan[] {
  return input.payload.steps
    .filter((step) => step.name !== afterScriptName)
    .map((step) => ({
      stage: stageOfStep(step.name),
      lines: step.name === "release" ? step.script.map((line) => variables.expand(line)) : step.script,
    }));
}

/** null when there is none or it is empty. */
export function planAfterScript(input: PlanInput): readonly string[] | null {
  const step = input.payload.steps.find((candidate) => candidate.name === afterScriptName);
  return step === undefined || step.script.length === 0 ? null : step.script;
}

export function planArtifacts(input: PlanInput, variables: Variables): ArtifactPlan[] {
  const asked = input.payload.artifacts.filter(
    ({ paths, exclude, untracked }) => paths.length + exclude.length > 0 || untracked,
  );
  return asked.map((artifact) => {
    const name = variables.expand(artifact.name);
    return {
      selection: {
        paths: artifact.paths.map((path) => variables.expand(path)),
        exclude: artifact.exclude.map((path) => variables.expand(path)),
        untracked: artifact.untracked,
      },
      // An empty name means the default; a name that expands to nothing is `default`, as the reference runner has it.
      name: artifact.name === "" ? "artifacts" : name === "" ? "default" : name,
      type: artifact.artifact_type === "" ? "archive" : artifact.artifact_type,
      format: artifact.artifact_format,
      expireIn: artifact.expire_in,
      when: artifactWhen(artifact.when),
    };
  });
}

function artifactWhen(when: string): ArtifactPlan["when"] {
  if (when === "" || when === "on_success") return "on_success";
  if (when === "on_failure" || when === "always") return when;
  throw configurationRefusal(
    "ARTIFACTS_WHEN",
    `artifacts:when "${when}" is unknown`,
    "use on_success, on_failure or always",
  );
}

export function planCaches(input: PlanInput, variables: Variables): CacheRequest[] {
  return input.payload.cache
    .filter((cache) => cache.paths.length > 0 || cache.untracked)
    .map((cache) => ({
      key: variables.expand(cache.key),
      fallbackKeys: cache.fallback_keys.map((key) => variables.expand(key)),
      paths: cache.paths.map((path) => variables.expand(path)),
      untracked: cache.untracked,
      policy: variables.expand(cache.policy),
      when: cache.when,
    }));
}

/** Jobs whose artifacts are fetched: those that have any. */
export function planDependencies(input: PlanInput): DependencyPlan[] {
  return input.payload.dependencies
    .filter((dependency) => (dependency.artifacts_file?.filename ?? "") !== "")
    .map(({ id, token, name }) => ({ id, token, name }));
}

export function scriptStyle(
  input: PlanInput,
  flags: Readonly<Record<string, boolean>>,
  debugTrace: boolean,
): ScriptStyle {
  return {
    preBuildScript: input.runner.pre_build_script,
    postBuildScript: input.runner.post_build_script,
    xtrace: debugTrace,
    exitCodeCheck: flags["FF_ENABLE_BASH_EXIT_CODE_CHECK"] ?? false,
    sections: (flags["FF_SCRIPT_SECTIONS"] ?? false) && (input.payload.features?.trace_sections ?? false),
  };
}
