import { describe, flatItemsOf, reject, textOf, type Field } from "./field.ts";

/** Commands: one text, or a list of texts, whose inner lists (from `!reference` and aliases) are flattened. */
export function readScript(field: Field): readonly string[] {
  if (field.node.kind === "scalar") return [textOf(field)].filter((text) => text !== null);
  if (field.node.kind !== "list") {
    reject(
      field,
      `A script is a text or a list of texts, not ${describe(field.node)}.`,
      "Write each command as a `- ` line.",
    );
    return [];
  }
  return flatItemsOf(field)
    .map(textOf)
    .filter((text) => text !== null);
}
