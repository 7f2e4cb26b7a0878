import { assembleJobs } from "./assemble.ts";
import type { World } from "./conditions.ts";
import { checkStage, decide, decideWorkflow, type Decision } from "./decide.ts";
import { resolveExtends } from "./extends.ts";
import { child, describe, isMapField, mapOf, reject, textOf, type Field, type MapField } from "./field.ts";
import { checkGraph, namesOf } from "./graph.ts";
import { resolveIncludes } from "./include.ts";
import { readJob, type JobDraft } from "./job.ts";
import { checkKeywords, keywordTables } from "./keywords.ts";
import { instancesOf } from "./matrix.ts";
import type { MapNode } from "./node.ts";
import type { PipelineRef } from "./only-except.ts";
import { parseYaml } from "./parse.ts";
import type { Pipeline } from "./pipeline.ts";
import { nearest, Problems, type PipelineProblem } from "./problems.ts";
import { resolveReferences } from "./reference.ts";
import { readRules, type Rule } from "./rules.ts";
import { readDefaults } from "./settings.ts";
import { readStages, stagesInUse } from "./stages.ts";
import { mergeVariables, noVariables, readVariables, scopeOf } from "./variables.ts";

export type { PipelineProblem } from "./problems.ts";

export interface CompileInput {
  /** The configuration's text and the name it has in messages. */
  readonly text: string;
  readonly fileName: string;
  /** For include:local: a file's text by its path from the root, without a leading slash; null: no such file. */
  readonly include: (path: string) => string | null;
  /** The files of the commit, from the root; for rules:exists and wildcards in include. Asked at most once. */
  readonly listFiles?: () => readonly string[];
  /** For rules:changes; null or absent: unknown, which counts as changed, as GitLab has it for a new branch. */
  readonly changedFiles?: readonly string[] | null;
  /** For rules:changes:compare_to: the files changed since a ref; null: no such ref. */
  readonly changedFilesSince?: (ref: string) => readonly string[] | null;
  /**
   * All variables known at creation. Those named CI_* and GITLAB_* count as predefined, which the YAML overrides; the
   * others as given by whoever started the pipeline, which override the YAML in conditions.
   */
  readonly variables: ReadonlyMap<string, string>;
  readonly ref: PipelineRef;
}

/**
 * Turns a `.gitlab-ci.yml` into the jobs of one pipeline. Pure; throws nothing for any text: what is wrong comes back
 * as problems, in the order of the file. A pipeline that the rules leave without jobs is an error, as in
 * GitLab.
 */
export function compilePipeline(input: CompileInput): { pipeline: Pipeline } | { errors: PipelineProblem[] } {
  const problems = new Problems();
  const pipeline = compile(input, problems);
  if (pipeline !== null && problems.errors.length === 0) return { pipeline };
  return { errors: problems.errors.toSorted((one, two) => byPlace(one, two, input.fileName)) };
}

/** The file that was given first, then its includes; each from its first line to its last. */
function byPlace(one: PipelineProblem, two: PipelineProblem, first: string): number {
  const rank = Number(two.file === first) - Number(one.file === first);
  if (rank !== 0) return rank;
  if (one.file !== two.file) return one.file < two.file ? -1 : 1;
  return one.line - two.line || one.column - two.column;
}

function compile(input: CompileInput, problems: Problems): Pipeline | null {
  const world = worldOf(input);
  const given = new Map([["CI_PIPELINE_SOURCE", input.ref.source], ...input.variables]);
  const parsed = parseYaml(input.fileName, input.text, problems);
  if (parsed === null) return null;
  const context = { read: input.include, world, variables: given, problems };
  const included = resolveIncludes(parsed, input.fileName, context);
  const extended = included === null ? null : resolveExtends(included, problems);
  const node = extended === null ? null : resolveReferences(extended, problems);
  if (node === null) return null;

  const root: MapField = { node, path: "", problems };
  const stages = readStages(child(root, "stages"));
  const workflowRules = readWorkflow(child(root, "workflow"));
  const variablesField = child(root, "variables");
  const topVariables =
    variablesField === null ? noVariables : readVariables(variablesField, keywordTables.globalVariable);
  const drafts = readJobs(root);
  for (const draft of drafts) checkStage(draft, stages);
  const names = namesOf(drafts);
  checkGraph(drafts, names, stages);
  if (problems.errors.length > 0) return null;

  const workflowVariables = decideWorkflow(workflowRules, world, scopeOf(given, topVariables));
  if (workflowVariables === null) {
    const at = child(root, "workflow") ?? root;
    return reject(at, "workflow:rules keep this pipeline from being created.", "Check its conditions against the ref.");
  }
  const rootVariables = mergeVariables(topVariables, workflowVariables);
  const decisions = decideJobs(drafts, {
    world,
    ref: input.ref,
    given,
    rootVariables,
    hasWorkflowRules: workflowRules !== null,
  });
  const jobs = assembleJobs(decisions, names);
  if (jobs.every((job) => job.stage === ".pre" || job.stage === ".post")) return rejectEmpty(root, drafts, jobs.length);
  return { stages: stagesInUse(stages, jobs), jobs, warnings: problems.warnings };
}

function worldOf(input: CompileInput): World {
  let files: readonly string[] | null = null;
  return {
    files: () => (files ??= input.listFiles?.() ?? null),
    changedFiles: input.changedFiles ?? null,
    changedSince: input.changedFilesSince ?? null,
  };
}

function readWorkflow(field: Field | null): readonly Rule[] | null {
  const map = field === null ? null : mapOf(field, "workflow");
  if (map === null) return null;
  checkKeywords(map, keywordTables.workflow, "'workflow'");
  const name = child(map, "name");
  if (name !== null) textOf(name);
  const rules = child(map, "rules");
  return rules === null ? null : readRules(rules, "workflow");
}

/** The jobs of the file, templates (`.name`) left out. */
function readJobs(root: MapField): readonly JobDraft[] {
  const defaults = readDefaults(root);
  const drafts: JobDraft[] = [];
  const keywords: readonly string[] = keywordTables.root.known;
  const top = new Map(root.node.entries);
  for (const [name, entry] of root.node.entries) {
    if (keywords.includes(name) || Object.hasOwn(keywordTables.root.unsupported, name)) continue;
    top.delete(name);
    if (name.startsWith(".")) continue;
    const problems = new Problems(root.problems);
    const field: Field = { node: entry.value, path: `jobs.${name}`, problems };
    if (isMapField(field) && isJob(field, name)) drafts.push(readJob(name, field, entry.keyPlace, defaults));
    else rejectEntry(root, name, field);
  }
  checkKeywords({ ...root, node: onlyKeywords(root.node, top) }, keywordTables.root, "the configuration");
  if (drafts.length === 0 && root.problems.errors.length === 0) {
    reject(root, "The configuration has no job.", "Add one: a name with `script:` below it.");
  }
  return drafts;
}

function onlyKeywords(node: MapNode, entries: MapNode["entries"]): MapNode {
  return { ...node, entries };
}

/** Not so for an empty map, and for a keyword at the top that is misspelt: its content says nothing as a job's. */
function isJob(field: MapField, name: string): boolean {
  if (field.node.entries.size === 0) return false;
  const hasJobKeyword = keywordTables.job.known.some((keyword) => field.node.entries.has(keyword));
  return hasJobKeyword || nearest(name, keywordTables.root.known) === null;
}

function rejectEntry(root: MapField, name: string, field: Field): void {
  const keyPlace = root.node.entries.get(name)?.keyPlace ?? field.node.place;
  const meant = nearest(name, keywordTables.root.known);
  const hint = meant === null ? "Write `script:` below it, or put a dot before the name." : `Did you mean '${meant}'?`;
  const empty = isMapField(field) && field.node.entries.size === 0;
  const what = empty ? "nothing" : describe(field.node);
  root.problems.error(keyPlace, field.path, `'${name}' is neither a keyword nor a job: it holds ${what}.`, hint);
}

function decideJobs(drafts: readonly JobDraft[], context: Parameters<typeof decide>[2]): readonly Decision[] {
  return drafts.flatMap((draft) => {
    const decisions = instancesOf(draft.name, draft.parallel)
      .map((instance) => decide(draft, instance, context))
      .filter((decision) => decision !== null);
    draft.field.problems.settle(decisions.length > 0);
    return decisions;
  });
}

function rejectEmpty(root: MapField, drafts: readonly JobDraft[], count: number): null {
  if (count > 0) {
    return reject(root, "The pipeline has jobs in .pre and .post only.", "Add a job to another stage.");
  }
  const what = drafts.length === 1 ? "the only job is" : `all ${drafts.length} jobs are`;
  return reject(
    root,
    `The pipeline has no job: ${what} left out by rules, only or except.`,
    "Check them against the ref.",
  );
}
