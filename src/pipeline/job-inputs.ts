import { child, children, choiceOf, describe, isMapField, mapOf, reject, textOf, type Field } from "./field.ts";
import { inputFault } from "./input-value.ts";
import { checkKeywords, keywordTables } from "./keywords.ts";
import type { Node } from "./node.ts";
import { type InputContent, inputTypes, type PipelineInput } from "./pipeline.ts";
import { translateRegex } from "./regex.ts";

/** GitLab's limit. */
const mostOptions = 50;

const examples: Readonly<Record<PipelineInput["type"], string>> = {
  string: "Write a text, in quotes where it looks like something else.",
  number: "Write a number without quotes.",
  boolean: "Write true or false without quotes.",
  array: "Write a list: [a, b].",
};

/** `inputs:` of a job: what its texts may name as `${{ job.inputs.NAME }}`. Each has a value that holds unless another is given. */
export function readJobInputs(field: Field): readonly PipelineInput[] {
  const map = mapOf(field, "inputs");
  if (map === null) return [];
  return children(map).flatMap((input) => readInput(input) ?? []);
}

function readInput(field: Field & { readonly key: string }): PipelineInput | null {
  if (!/^[\w-]+$/.test(field.key))
    return reject(field, `'${field.key}' is no name of an input.`, "Use letters, digits, _ and -.");
  if (!isMapField(field))
    return reject(field, `An input is a map, not ${describe(field.node)}.`, "Write `default:` below its name.");
  checkKeywords(field, keywordTables.jobInput, "an input");
  const description = child(field, "description");
  if (description !== null) textOf(description);
  const typeField = child(field, "type");
  const type = typeField === null ? "string" : choiceOf(typeField, inputTypes);
  const defaultField = child(field, "default");
  if (defaultField === null)
    return reject(field, `The input '${field.key}' of a job has no default.`, "Add default: below its name.");
  const value = type === null ? null : contentOf(defaultField, type);
  if (type === null || value === null) return null;
  const input = { key: field.key, type, value, options: readOptions(child(field, "options"), type), regex: null };
  const regexField = child(field, "regex");
  const regex = regexField === null ? null : readRegex(regexField, type);
  const fault = inputFault(value, { ...input, regex });
  return fault === null
    ? { ...input, regex }
    : reject(defaultField, `The default of the input '${field.key}' ${fault}.`, "Change one of the two.");
}

function readOptions(field: Field | null, type: PipelineInput["type"]): readonly InputContent[] | null {
  if (field === null) return null;
  const { node, path, problems } = field;
  if (node.kind !== "list" || node.items.length > mostOptions) {
    const what = node.kind === "list" ? `${node.items.length} values` : describe(node);
    return reject(field, `options is a list of values, not ${what}.`, `Write [a, b], ${mostOptions} values at most.`);
  }
  return node.items
    .map((item, index) => contentOf({ node: item, path: `${path}[${index}]`, problems }, type))
    .filter((option) => option !== null);
}

function readRegex(field: Field, type: PipelineInput["type"]): string | null {
  if (type !== "string") return reject(field, "regex goes with inputs that are texts only.", "Use options.");
  const source = textOf(field);
  if (source === null) return null;
  const pattern = translateRegex(source, "");
  return "failure" in pattern
    ? reject(field, `The regular expression is not valid: ${pattern.failure}.`, "It is RE2, without slashes around it.")
    : source;
}

/** The value of a field where it is one of the type; else that is reported. */
function contentOf(field: Field, type: PipelineInput["type"]): InputContent | null {
  const content = plain(field.node);
  const found = Array.isArray(content) ? "array" : typeof content;
  if (content !== null && found === type) return content;
  return reject(field, `An input of the type ${type} has no value that is ${describe(field.node)}.`, examples[type]);
}

/** As JSON has it; null also for numbers that JSON doesn't have. */
function plain(node: Node): InputContent | null {
  switch (node.kind) {
    case "map":
      return Object.fromEntries([...node.entries].map(([key, { value }]) => [key, plain(value)]));
    case "list":
      return node.items.map(plain);
    case "reference":
      return null;
    case "scalar":
      break;
  }
  if (node.type === "string") return node.text;
  if (node.type === "boolean") return node.text === "true";
  const number = node.type === "null" ? Number.NaN : Number(node.text);
  return Number.isFinite(number) ? number : null;
}
