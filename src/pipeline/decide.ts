import type { World } from "./conditions.ts";
import { environmentVariables } from "./environment.ts";
import { reject } from "./field.ts";
import type { JobDraft } from "./job.ts";
import type { Instance } from "./matrix.ts";
import type { Need } from "./needs.ts";
import { defaultOnly, isChosen, type PipelineRef } from "./only-except.ts";
import type { JobWhen } from "./pipeline.ts";
import { firstMatch } from "./rules.ts";
import { mergeVariables, noVariables, plainVariables, scopeOf, type Variables } from "./variables.ts";

/** What jobs are decided by. */
export interface DecisionContext {
  readonly world: World;
  readonly ref: PipelineRef;
  /** Variables known before the pipeline is. */
  readonly given: ReadonlyMap<string, string>;
  /** The variables at the top of the file, those of workflow:rules on top. */
  readonly rootVariables: Variables;
  readonly hasWorkflowRules: boolean;
}

/** A job that belongs to the pipeline, with what its rules set. */
export interface Decision {
  readonly draft: JobDraft;
  readonly instance: Instance;
  readonly when: JobWhen;
  readonly startInSeconds: number;
  readonly allowFailure: boolean | readonly number[];
  readonly variables: Variables;
  readonly needs: readonly Need[] | null;
  /** What GitLab would expand with while it creates the job. */
  readonly scope: ReadonlyMap<string, string>;
}

/** Whether, when and with what a job runs; null when it is not part of the pipeline. */
export function decide(draft: JobDraft, instance: Instance, context: DecisionContext): Decision | null {
  const inherited: Variables = new Map([...context.rootVariables].filter(([name]) => draft.takesVariable(name)));
  const yaml = mergeVariables(inherited, draft.variables, plainVariables(instance.variables));
  const own = ownVariables(draft, instance);
  const bare = scopeOf(context.given, own, yaml);
  const environment = environmentVariables(draft.environment, bare);
  const scope = scopeOf(context.given, own, environment, yaml);
  const base = {
    draft,
    instance,
    when: draft.when,
    startInSeconds: draft.startInSeconds,
    allowFailure: draft.allowFailure,
    needs: draft.needs,
    scope,
  };
  if (draft.rules === null) {
    // Without rules of any kind a job runs for branches and tags, but not for merge requests.
    const only = draft.only ?? (context.hasWorkflowRules ? null : defaultOnly);
    if (!isChosen(only, draft.except, context.ref, context.world, scope)) return null;
    return { ...base, variables: mergeVariables(environment, yaml) };
  }
  const rule = firstMatch(draft.rules, context.world, scope);
  if (rule === null || rule.when === "never") return null;
  return {
    ...base,
    when: rule.when ?? draft.when,
    startInSeconds: rule.startInSeconds ?? draft.startInSeconds,
    allowFailure: rule.allowFailure ?? draft.allowFailure,
    needs: rule.needs ?? draft.needs,
    variables: mergeVariables(environment, yaml, rule.variables),
  };
}

/** GitLab's variables about the job itself, which conditions may ask for. */
function ownVariables(draft: JobDraft, instance: Instance): Variables {
  const own: [string, string][] = [
    ["CI_JOB_NAME", instance.name],
    ["CI_JOB_STAGE", draft.stage],
  ];
  if (instance.parallel !== null) {
    own.push(["CI_NODE_INDEX", String(instance.parallel.index)], ["CI_NODE_TOTAL", String(instance.parallel.total)]);
  }
  return plainVariables(own);
}

/** `workflow:rules` decided for a pipeline: the variables it sets, or null when there is to be none. */
export function decideWorkflow(
  rules: Parameters<typeof firstMatch>[0] | null,
  world: World,
  scope: ReadonlyMap<string, string>,
): Variables | null {
  if (rules === null) return noVariables;
  const rule = firstMatch(rules, world, scope);
  return rule === null || rule.when === "never" ? null : rule.variables;
}

/** Reports a job whose stage does not exist. */
export function checkStage(draft: JobDraft, stages: readonly string[]): void {
  if (stages.includes(draft.stage)) return;
  const field = draft.field.node.entries.get("stage");
  const at =
    field === undefined ? draft.field : { ...draft.field, node: field.value, path: `${draft.field.path}.stage` };
  reject(
    at,
    `The stage '${draft.stage}' of '${draft.name}' does not exist.`,
    `Add it to stages, or use ${stages.join(", ")}.`,
  );
}
