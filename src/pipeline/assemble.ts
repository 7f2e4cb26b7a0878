import type { Decision } from "./decide.ts";
import { expandKnown } from "./expand.ts";
import { linkDependencies, linkNeeds, type JobNames } from "./graph.ts";
import type { PipelineJob } from "./pipeline.ts";
import { noRetry } from "./retry.ts";

/** The jobs of a pipeline in their final form. */
export function assembleJobs(decisions: readonly Decision[], names: JobNames): readonly PipelineJob[] {
  const present = new Set(decisions.map((decision) => decision.instance.name));
  return decisions.map((decision) => assembleJob(decision, present, names));
}

function assembleJob(decision: Decision, present: ReadonlySet<string>, names: JobNames): PipelineJob {
  const { draft, instance, scope } = decision;
  const { settings } = draft;
  return {
    name: instance.name,
    baseName: draft.name,
    stage: draft.stage,
    image: settings.image,
    services: settings.services ?? [],
    variables: [...decision.variables.values()],
    inputs: draft.inputs,
    beforeScript: settings.before_script ?? [],
    script: draft.script,
    afterScript: settings.after_script ?? [],
    hooks: settings.hooks ?? { pre_get_sources_script: [] },
    caches: settings.cache ?? [],
    artifacts: settings.artifacts,
    dependencies: linkDependencies(decision, present, names),
    needs: linkNeeds(decision, present, names),
    when: decision.when,
    startInSeconds: decision.startInSeconds,
    allowFailure: decision.allowFailure,
    retry: settings.retry ?? noRetry,
    timeoutSeconds: settings.timeout,
    tags: (settings.tags ?? []).map((tag) => expandKnown(tag, scope)),
    parallel: instance.parallel,
  };
}
