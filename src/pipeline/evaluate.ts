import type { Expression } from "./expression.ts";
import { parseSlashedRegex, translateRegex } from "./regex.ts";

type Value = string | boolean | null | RegExp;

/** Whether a condition holds. `variables` hold their values as written, not expanded: GitLab compares them so. */
export function isTrue(expression: Expression, variables: ReadonlyMap<string, string>): boolean {
  return isPresent(evaluate(expression, variables));
}

function evaluate(expression: Expression, variables: ReadonlyMap<string, string>): Value {
  switch (expression.kind) {
    case "variable":
      return variables.get(expression.name) ?? null;
    case "string":
    case "boolean":
      return expression.value;
    case "null":
      return null;
    case "regex": {
      const translated = translateRegex(expression.source, expression.flags);
      return "regex" in translated ? translated.regex : null;
    }
    case "not":
      return !isPresent(evaluate(expression.operand, variables));
    case "binary":
      return evaluateBinary(expression, variables);
  }
}

function evaluateBinary(expression: Expression & { kind: "binary" }, variables: ReadonlyMap<string, string>): Value {
  const left = evaluate(expression.left, variables);
  // Ruby's truth: an empty text counts as true inside && and ||, and only the end result is asked for content.
  if (expression.operator === "&&") return isRubyTrue(left) ? evaluate(expression.right, variables) : left;
  if (expression.operator === "||") return isRubyTrue(left) ? left : evaluate(expression.right, variables);
  const right = evaluate(expression.right, variables);
  switch (expression.operator) {
    case "==":
      return left === right;
    case "!=":
      return left !== right;
    case "=~":
      return matches(left, right) ?? false;
    case "!~":
      return !(matches(left, right) ?? false);
  }
}

/** null where the right side is null or false: then there is nothing to match. */
function matches(left: Value, right: Value): boolean | null {
  if (right === null || right === false) return null;
  const text = left === null || left instanceof RegExp ? "" : String(left);
  const pattern = typeof right === "string" ? (parseSlashedRegex(right) ?? right) : right;
  if (pattern instanceof RegExp) return pattern.test(text);
  // A text that is no /regex/: GitLab then looks for the left side in it.
  return String(pattern).includes(text);
}

function isRubyTrue(value: Value): boolean {
  return value !== null && value !== false;
}

function isPresent(value: Value): boolean {
  return typeof value === "string" ? /\S/.test(value) : value !== null && value !== false;
}
