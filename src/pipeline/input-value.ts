import type { InputContent, PipelineInput } from "./pipeline.ts";
import { translateRegex } from "./regex.ts";

/** What must hold for every value of an input, the default included. */
export type InputRules = Pick<PipelineInput, "type" | "options" | "regex">;

/** What is wrong with a value of the right type, as the end of a sentence about it; null: nothing. */
export function inputFault(value: InputContent, { options, regex }: InputRules): string | null {
  const text = JSON.stringify(value);
  if (options !== null && !options.some((option) => JSON.stringify(option) === text))
    return `is none of its options: ${options.map((option) => JSON.stringify(option)).join(", ")}`;
  if (regex === null || typeof value !== "string") return null;
  const pattern = translateRegex(regex, "");
  return "failure" in pattern || pattern.regex.test(value) ? null : `does not match ${regex}`;
}

/** A value as it is written on a command line; null where it isn't of the type. */
export function parseInput(text: string, type: PipelineInput["type"]): InputContent | null {
  if (type === "string") return text;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (type === "array") return Array.isArray(value) ? (value as InputContent) : null;
  // 1e999 is infinite, which JSON has no word for.
  return typeof value === type && value !== Infinity && value !== -Infinity ? (value as InputContent) : null;
}
