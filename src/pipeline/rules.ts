import { hold, readChanges, readExists, readExpression, type Conditions, type World } from "./conditions.ts";
import {
  child,
  choiceOf,
  describe,
  flagOf,
  flatItemsOf,
  isMapField,
  mapOf,
  reject,
  type Field,
  type MapField,
} from "./field.ts";
import { checkKeywords, keywordTables } from "./keywords.ts";
import { readNeeds, type Need } from "./needs.ts";
import type { JobWhen } from "./pipeline.ts";
import { readStartIn } from "./timing.ts";
import { noVariables, readVariables, type Variables } from "./variables.ts";

/** One rule: conditions that all have to hold, and what then is set. null: not set by the rule. */
export interface Rule extends Conditions {
  readonly when: JobWhen | "never" | null;
  readonly startInSeconds: number | null;
  readonly allowFailure: boolean | null;
  readonly variables: Variables;
  readonly needs: readonly Need[] | null;
}

/** Where rules stand, which decides what they may set. */
export type RuleKind = "job" | "workflow" | "include";

const tables = {
  job: keywordTables.rule,
  workflow: keywordTables.workflowRule,
  include: keywordTables.includeRule,
} as const;

const moments = ["on_success", "on_failure", "always", "never", "manual", "delayed"] as const;

/** `rules:`; nested lists, from `!reference`, are flattened. */
export function readRules(field: Field, kind: RuleKind): readonly Rule[] {
  if (field.node.kind !== "list" || field.node.items.length === 0) {
    reject(field, "rules has to be a list with at least one rule.", "Put a `- if: ...` below it, or remove it.");
    return [];
  }
  return flatItemsOf(field)
    .map((item) => readRule(item, kind))
    .filter((rule) => rule !== null);
}

function readRule(field: Field, kind: RuleKind): Rule | null {
  const map = mapOf(field, "a rule");
  if (map === null) return null;
  if (map.node.entries.size === 0)
    return reject(field, "The rule is empty.", "Give it an if:, changes:, exists: or when:.");
  checkKeywords(map, tables[kind], "a rule");
  const condition = child(map, "if");
  const changes = child(map, "changes");
  const exists = child(map, "exists");
  const variables = child(map, "variables");
  const needs = child(map, "needs");
  const interruptible = child(map, "interruptible");
  if (interruptible !== null) flagOf(interruptible);
  const allow = child(map, "allow_failure");
  return {
    if: condition === null ? null : readExpression(condition),
    changes: changes === null ? null : readChanges(changes),
    exists: exists === null ? null : readExists(exists),
    ...readMoment(map, kind),
    allowFailure: allow === null ? null : readFlag(allow),
    variables: variables === null ? noVariables : readVariables(variables, null),
    needs: needs === null ? null : readNeeds(needs),
  };
}

function readMoment(map: MapField, kind: RuleKind): Pick<Rule, "when" | "startInSeconds"> {
  const whenField = child(map, "when");
  const when =
    whenField === null ? null : choiceOf(whenField, kind === "job" ? moments : (["always", "never"] as const));
  const startIn = kind === "job" ? child(map, "start_in") : null;
  if (when === "delayed" && startIn === null)
    reject(map, "A delayed job needs start_in.", "Add e.g. `start_in: 30 minutes`.");
  if (when !== "delayed" && startIn !== null)
    reject(startIn, "start_in goes with `when: delayed` only.", "Add it, or remove this.");
  return { when, startInSeconds: startIn === null ? null : readStartIn(startIn) };
}

function readFlag(field: Field): boolean | null {
  if (!isMapField(field)) return flagOf(field);
  return reject(
    field,
    `rules:allow_failure is true or false, not ${describe(field.node)}.`,
    "Put exit_codes into the job.",
  );
}

/** The first rule whose conditions hold; null when none does. */
export function firstMatch(rules: readonly Rule[], world: World, variables: ReadonlyMap<string, string>): Rule | null {
  return rules.find((rule) => hold(rule, world, variables)) ?? null;
}
