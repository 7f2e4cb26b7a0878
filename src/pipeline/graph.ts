import type { Decision } from "./decide.ts";
import { reject, type Field } from "./field.ts";
import type { JobDraft } from "./job.ts";
import { instancesOf, matrixName, substituteMatrix, type Instance } from "./matrix.ts";
import type { Need } from "./needs.ts";
import type { PipelineNeed } from "./pipeline.ts";
import { nearest } from "./problems.ts";

/** The names by which jobs can be needed: each base name, and each name with its parallel suffix. */
export type JobNames = ReadonlyMap<string, JobDraft>;

export function namesOf(drafts: readonly JobDraft[]): JobNames {
  const suffixed = drafts.flatMap((draft) =>
    instancesOf(draft.name, draft.parallel).map((instance) => [instance.name, draft] as const),
  );
  return new Map([...suffixed, ...drafts.map((draft) => [draft.name, draft] as const)]);
}

/** Reports needs and dependencies that no pipeline of this file could meet: unknown jobs, later stages, circles. */
export function checkGraph(drafts: readonly JobDraft[], names: JobNames, stages: readonly string[]): void {
  for (const draft of drafts) {
    const needs = [...(draft.needs ?? []), ...(draft.rules ?? []).flatMap((rule) => rule.needs ?? [])];
    for (const need of needs) {
      if (names.has(need.job) || !need.optional) checkName(draft, need.job, need.field, "needs", names, stages);
    }
    for (const name of draft.dependencies?.names ?? []) {
      const { field } = draft.dependencies ?? draft;
      checkName(draft, name, field, "depends on", names, stages);
      const needed = draft.needs?.some((need) => names.get(need.job) === names.get(name)) ?? true;
      if (draft.needs?.length !== 0 && !needed) {
        reject(field, `'${draft.name}' depends on '${name}' without needing it.`, `Add '${name}' to needs.`);
      }
    }
  }
  checkCircles(drafts, names);
}

function checkName(
  draft: JobDraft,
  name: string,
  field: Field,
  verb: string,
  names: JobNames,
  stages: readonly string[],
): void {
  const target = names.get(name);
  if (target === undefined) {
    const meant = nearest(name, [...names.keys()]);
    const hint =
      meant === null ? "Name a job of this pipeline, or make the need optional." : `Did you mean '${meant}'?`;
    reject(field, `'${draft.name}' ${verb} '${name}', which does not exist.`, hint);
  } else if (stages.indexOf(target.stage) > stages.indexOf(draft.stage)) {
    const where = `'${name}' of the later stage '${target.stage}'`;
    reject(field, `'${draft.name}' ${verb} ${where}.`, "Move one of them to another stage.");
  }
}

function checkCircles(drafts: readonly JobDraft[], names: JobNames): void {
  const done = new Set<JobDraft>();
  for (const start of drafts) {
    // Depth first by hand: a chain of needs may be longer than the stack.
    const chain: { draft: JobDraft; next: number }[] = [{ draft: start, next: 0 }];
    while (chain.length > 0) {
      const top = chain.at(-1);
      if (top === undefined) break;
      const need = top.draft.needs?.[top.next];
      if (need === undefined || done.has(top.draft)) {
        done.add(top.draft);
        chain.pop();
        continue;
      }
      top.next += 1;
      const target = names.get(need.job);
      if (target === undefined || done.has(target)) continue;
      const from = chain.findIndex((step) => step.draft === target);
      if (from === -1) {
        chain.push({ draft: target, next: 0 });
        continue;
      }
      const circle = [...chain.slice(from).map((step) => step.draft.name), target.name].join(" -> ");
      reject(need.field, `The needs go in a circle: ${circle}.`, "Remove one of these needs.");
      done.add(top.draft);
      chain.pop();
    }
  }
}

/** The needs of a job that is part of the pipeline, those that are not left out when they are optional. */
export function linkNeeds(
  decision: Decision,
  present: ReadonlySet<string>,
  names: JobNames,
): readonly PipelineNeed[] | null {
  if (decision.needs === null) return null;
  return decision.needs.flatMap((need) =>
    jobsOf(need, decision.instance, names).flatMap((job) => {
      const expected = expectedNames(job, names);
      if (expected.length > 0 && expected.every((name) => present.has(name))) {
        return [{ job, artifacts: need.artifacts, optional: need.optional }];
      }
      if (!need.optional) {
        const hint = "Make the need optional, or let the rules of both jobs agree.";
        reject(need.field, `'${decision.draft.name}' needs '${job}', which is not part of this pipeline.`, hint);
        return [];
      }
      return expected
        .filter((name) => present.has(name))
        .map((name) => ({ job: name, artifacts: need.artifacts, optional: true }));
    }),
  );
}

/** The jobs that one need names, matrix expressions filled in. */
function jobsOf(need: Need, instance: Instance, names: JobNames): readonly string[] {
  const parallel = names.get(need.job)?.parallel ?? null;
  if (need.combinations === null || parallel === null) return [need.job];
  return need.combinations.map((combination) => {
    const filled = [...combination].map(([key, value]) => {
      const text = substituteMatrix(value, instance.variables);
      if (text === null)
        reject(need.field, `'${value}' names no variable of this job's own matrix.`, "Use one of its own.");
      return [key, text ?? value] as const;
    });
    return matrixName(need.job, new Map(filled));
  });
}

function expectedNames(job: string, names: JobNames): readonly string[] {
  const draft = names.get(job);
  if (draft === undefined) return [];
  return draft.name === job ? instancesOf(job, draft.parallel).map((instance) => instance.name) : [job];
}

/** The jobs whose artifacts are asked for, as far as they are part of the pipeline; null: the usual ones. */
export function linkDependencies(
  decision: Decision,
  present: ReadonlySet<string>,
  names: JobNames,
): readonly string[] | null {
  const dependencies = decision.draft.dependencies;
  if (dependencies === null) return null;
  return dependencies.names.filter((name) => expectedNames(name, names).some((expected) => present.has(expected)));
}
