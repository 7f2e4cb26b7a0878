import {
  child,
  choiceOf,
  flagOf,
  isMapField,
  itemsOf,
  reject,
  textOf,
  textsOf,
  type Field,
  type MapField,
} from "./field.ts";
import { readEnvironment, type Environment } from "./environment.ts";
import { readJobInputs } from "./job-inputs.ts";
import { checkKeywords, keywordTables } from "./keywords.ts";
import { readParallel, type Parallel } from "./matrix.ts";
import { readNeeds, type Need } from "./needs.ts";
import { readPolicy, type Policy } from "./only-except.ts";
import type { JobWhen, PipelineInput } from "./pipeline.ts";
import { nearest, type Place } from "./problems.ts";
import { looksLikeRegex } from "./regex.ts";
import { readAllowFailure } from "./retry.ts";
import { readRules, type Rule } from "./rules.ts";
import { readScript } from "./script.ts";
import { inheritSettings, readSettings, settingNames, type Settings } from "./settings.ts";
import { defaultStage } from "./stages.ts";
import { readStartIn } from "./timing.ts";
import { noVariables, readVariables, type Variables } from "./variables.ts";

/** A job of the file, with what it inherits, before rules and `parallel` are worked out. */
export interface JobDraft {
  readonly name: string;
  readonly field: MapField;
  readonly stage: string;
  readonly settings: Settings;
  readonly script: readonly string[];
  readonly variables: Variables;
  readonly inputs: readonly PipelineInput[];
  /** The variables of the top that it takes: all, none, or those named. */
  readonly takesVariable: (name: string) => boolean;
  readonly needs: readonly Need[] | null;
  readonly dependencies: { readonly field: Field; readonly names: readonly string[] } | null;
  readonly rules: readonly Rule[] | null;
  readonly only: Policy | null;
  readonly except: Policy | null;
  readonly when: JobWhen;
  readonly startInSeconds: number;
  readonly allowFailure: boolean | readonly number[];
  readonly environment: Environment | null;
  readonly parallel: Parallel | null;
}

const moments = ["on_success", "on_failure", "always", "manual", "delayed"] as const;
const maxNameLength = 255;

/** Reads one job; `key` is where its name stands. Mistakes are reported, and then the draft is not to be used. */
export function readJob(name: string, field: MapField, key: Place, defaults: Settings): JobDraft {
  checkKeywords(field, keywordTables.job, "a job");
  if (name.length > maxNameLength) {
    field.problems.error(
      key,
      field.path,
      "The name of the job is too long.",
      `It may have ${maxNameLength} characters.`,
    );
  }
  checkUnused(field);
  const inherit = readInherit(field);
  const dependencies = child(field, "dependencies");
  const read = <T>(keyword: string, reader: (value: Field) => T): T | null => {
    const value = child(field, keyword);
    return value === null ? null : reader(value);
  };
  const rules = read("rules", (value) => readRules(value, "job"));
  const moment = readMoment(field, rules !== null);
  return {
    name,
    field,
    stage: read("stage", textOf) ?? defaultStage,
    settings: inheritSettings(readSettings(field), defaults, inherit.takesDefault),
    script: readMainScript(field, name, key),
    variables: read("variables", (value) => readVariables(value, keywordTables.jobVariable)) ?? noVariables,
    takesVariable: inherit.takesVariable,
    inputs: read("inputs", readJobInputs) ?? [],
    needs: read("needs", readNeeds),
    dependencies: dependencies === null ? null : { field: dependencies, names: textsOf(dependencies) },
    rules,
    only: read("only", (value) => readPolicy(value, "only")),
    except: read("except", (value) => readPolicy(value, "except")),
    ...moment,
    // A manual job holds nothing up unless it says so.
    allowFailure: read("allow_failure", readAllowFailure) ?? moment.when === "manual",
    environment: read("environment", readEnvironment),
    parallel: read("parallel", readParallel),
  };
}

function readMainScript(field: MapField, name: string, key: Place): readonly string[] {
  const value = child(field, "script");
  const script = value === null ? [] : readScript(value);
  const replaced = ["trigger", "run"].some((keyword) => child(field, keyword) !== null);
  const empty = value === null || isEmptyScript(value);
  if (!empty || replaced) return script;
  const meant = nearest(name, keywordTables.root.known);
  const hint =
    meant === null ? "Add script:, or put a dot before the name to make it a template." : `Did you mean '${meant}'?`;
  field.problems.error(key, `${field.path}.script`, `The job '${name}' has no script.`, hint);
  return script;
}

function isEmptyScript({ node }: Field): boolean {
  return node.kind === "list" ? node.items.length === 0 : node.kind === "scalar" && node.text.trim() === "";
}

function readMoment(field: MapField, hasRules: boolean): { when: JobWhen; startInSeconds: number } {
  const whenField = child(field, "when");
  const when = whenField === null ? "on_success" : (choiceOf(whenField, moments) ?? "on_success");
  const startIn = child(field, "start_in");
  if (hasRules) {
    for (const keyword of ["only", "except", "start_in"]) {
      const value = child(field, keyword);
      if (value !== null)
        reject(value, `'${keyword}' cannot be used together with rules.`, "Put its meaning into the rules.");
    }
  } else if (startIn !== null && when !== "delayed") {
    reject(startIn, "start_in goes with `when: delayed` only.", "Add it, or remove this.");
  }
  if (when === "delayed" && startIn === null && whenField !== null) {
    const hint = hasRules ? "Put `when: delayed` and start_in into the rules." : "Add e.g. `start_in: 30 minutes`.";
    reject(whenField, "A delayed job needs start_in.", hint);
  }
  return { when, startInSeconds: startIn === null ? 0 : (readStartIn(startIn) ?? 0) };
}

function readInherit(job: MapField): {
  takesDefault: (name: keyof Settings) => boolean;
  takesVariable: (name: string) => boolean;
} {
  const all = { takesDefault: () => true, takesVariable: () => true };
  const field = child(job, "inherit");
  if (field === null) return all;
  if (!isMapField(field)) {
    reject(field, "inherit has to be a map.", "Write default: or variables: below it.");
    return all;
  }
  checkKeywords(field, keywordTables.inherit, "'inherit'");
  const defaultField = child(field, "default");
  const variablesField = child(field, "variables");
  const names: readonly string[] = settingNames;
  for (const item of defaultField === null ? [] : itemsOf(defaultField)) {
    const name = textOf(item);
    if (name === null || names.includes(name)) continue;
    const meant = nearest(name, names);
    const hint = meant === null ? `Use ${names.join(", ")}.` : `Did you mean '${meant}'?`;
    reject(item, `'${name}' is nothing that default: can set.`, hint);
  }
  return { takesDefault: readTakes(defaultField), takesVariable: readTakes(variablesField) };
}

function readTakes(field: Field | null): (name: string) => boolean {
  if (field === null) return () => true;
  if (field.node.kind !== "list") {
    const takes = flagOf(field) ?? true;
    return () => takes;
  }
  const names = textsOf(field);
  return (name) => names.includes(name);
}

/** Keywords that do nothing in a local run but are checked as GitLab checks them. */
function checkUnused(field: MapField): void {
  const coverage = child(field, "coverage");
  const pattern = coverage === null ? null : textOf(coverage);
  if (coverage !== null && pattern !== null && !looksLikeRegex(pattern)) {
    reject(coverage, "coverage has to be a regular expression.", "Write it between slashes, in quotes: '/\\d+%/'.");
  }
  const group = child(field, "resource_group");
  if (group !== null) textOf(group);
}
