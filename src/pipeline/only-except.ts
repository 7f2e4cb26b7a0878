import { readExpression, type World } from "./conditions.ts";
import { isTrue } from "./evaluate.ts";
import { expandKnown } from "./expand.ts";
import type { Expression } from "./expression.ts";
import { child, describe, isMapField, itemsOf, reject, textOf, textsOf, type Field } from "./field.ts";
import { anyMatch } from "./glob.ts";
import { checkKeywords, keywordTables } from "./keywords.ts";
import { looksLikeRegex, parseSlashedRegex } from "./regex.ts";

/** `only:` or `except:`; null for what it does not ask about. */
export interface Policy {
  readonly refs: readonly string[] | null;
  readonly variables: readonly Expression[] | null;
  readonly changes: readonly string[] | null;
}

/** What a pipeline runs for. */
export interface PipelineRef {
  readonly name: string;
  readonly type: "branch" | "tag";
  /** CI_PIPELINE_SOURCE, e.g. push. */
  readonly source: string;
}

/** What `only` is where a job has neither it nor rules; its refs also hold where `only` names none. */
export const defaultOnly: Policy = { refs: ["branches", "tags"], variables: null, changes: null };

export function readPolicy(field: Field, keyword: "only" | "except"): Policy | null {
  if (field.node.kind === "list") return { refs: readRefs(field), variables: null, changes: null };
  if (!isMapField(field) || field.node.entries.size === 0) {
    return reject(
      field,
      `${keyword} has to be a list or a map, not ${describe(field.node)}.`,
      `Write ${keyword}: [main].`,
    );
  }
  checkKeywords(field, keywordTables.policy, `'${keyword}'`);
  const refs = child(field, "refs");
  const variables = child(field, "variables");
  const changes = child(field, "changes");
  return {
    refs: refs === null ? (keyword === "only" ? defaultOnly.refs : null) : readRefs(refs),
    variables: variables === null ? null : readExpressions(variables),
    changes: changes === null ? null : textsOf(changes),
  };
}

function readRefs(field: Field): readonly string[] {
  if (field.node.kind !== "list") reject(field, "refs has to be a list.", "Write refs: [main].");
  return itemsOf(field).flatMap((item) => {
    const ref = textOf(item);
    if (ref === null) return [];
    const pattern = ref.split("@")[0] ?? ref;
    if (looksLikeRegex(pattern) && parseSlashedRegex(pattern) === null) {
      reject(item, `'${pattern}' is no valid regular expression.`, "Use RE2 syntax.");
    }
    return [ref];
  });
}

function readExpressions(field: Field): readonly Expression[] {
  if (field.node.kind !== "list")
    reject(field, "variables has to be a list of conditions.", "Write [\"$NAME == 'x'\"].");
  return itemsOf(field)
    .map(readExpression)
    .filter((expression) => expression !== null);
}

/** Whether the job belongs to the pipeline: everything `only` asks for holds, and nothing of `except`. */
export function isChosen(
  only: Policy | null,
  except: Policy | null,
  ref: PipelineRef,
  world: World,
  variables: ReadonlyMap<string, string>,
): boolean {
  const verdicts = (policy: Policy | null): readonly boolean[] =>
    policy === null
      ? []
      : [
          policy.refs === null ? null : policy.refs.some((pattern) => refMatches(pattern, ref, variables)),
          policy.variables === null ? null : policy.variables.some((expression) => isTrue(expression, variables)),
          policy.changes === null ? null : changed(policy.changes, world, variables),
        ].filter((verdict) => verdict !== null);
  return verdicts(only).every(Boolean) && !verdicts(except).some(Boolean);
}

function changed(globs: readonly string[], world: World, variables: ReadonlyMap<string, string>): boolean {
  if (world.changedFiles === null) return true;
  return anyMatch(
    globs.map((glob) => expandKnown(glob, variables)),
    world.changedFiles,
  );
}

function refMatches(written: string, ref: PipelineRef, variables: ReadonlyMap<string, string>): boolean {
  const at = written.indexOf("@");
  const pattern = at === -1 ? written : written.slice(0, at);
  if (at !== -1 && written.slice(at + 1) !== variables.get("CI_PROJECT_PATH")) return false;
  // merge_request_event is called merge_requests here; names of refs count for branches and tags alone.
  const source = ref.source.replace(/_event$/, "");
  const ofMergeRequest = /merge_request/.test(ref.source);
  if (pattern === source || pattern === plural(source)) return true;
  if (ofMergeRequest) return false;
  if (pattern === (ref.type === "tag" ? "tags" : "branches")) return true;
  const regex = parseSlashedRegex(pattern);
  return regex === null ? pattern === ref.name : regex.test(ref.name);
}

function plural(source: string): string {
  return /(?:s|sh|ch)$/.test(source) ? `${source}es` : `${source}s`;
}
