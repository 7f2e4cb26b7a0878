import { Budget } from "./budget.ts";
import { evaluate } from "./evaluate.ts";
import { MoaError } from "./moa-error.ts";
import { readExpression } from "./parser.ts";
import { Scanner } from "./scanner.ts";
import { holdsSensitive, longestText, type MoaValue, textOf } from "./value.ts";

/**
 * A text with its `${{ expression }}` replaced by their values; `\${{` stands for `${{`. `names` is what they can refer to.
 *
 * @param budget shared by all texts of a job; default: of this text alone
 * @throws MoaError
 */
export function interpolate(
  text: string,
  names: ReadonlyMap<string, MoaValue>,
  budget = new Budget(),
): { readonly text: string; readonly sensitive: boolean } {
  let result = "";
  let sensitive = false;
  for (let position = 0; ;) {
    const opening = text.indexOf("${{", position);
    if (opening === -1) return { text: result + text.slice(position), sensitive };
    if (text[opening - 1] === "\\" && opening > position) {
      result += `${text.slice(position, opening - 1)}\${{`;
      position = opening + 3;
      continue;
    }
    const scanner = new Scanner(text, opening + 3);
    const value = evaluate(readExpression(scanner), names, budget);
    budget.spend(value);
    result += text.slice(position, opening) + textOf(value);
    if (result.length > longestText) throw new MoaError("a text of more than 4 Mi characters");
    sensitive ||= holdsSensitive(value);
    position = scanner.position;
  }
}
