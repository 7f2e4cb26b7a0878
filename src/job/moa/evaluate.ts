import type { Budget } from "./budget.ts";
import { functions } from "./functions.ts";
import type { BinaryOperator, Expression } from "./expression.ts";
import { MoaError } from "./moa-error.ts";
import { compare, isTruthy, kindOf, longestText, type MoaValue, moaValue, requireNumber, textOf } from "./value.ts";

/** @param names what an expression can refer to. @throws MoaError */
export function evaluate(expression: Expression, names: ReadonlyMap<string, MoaValue>, budget: Budget): MoaValue {
  const within = (inner: Expression) => evaluate(inner, names, budget);
  /** For what goes through all of a value. */
  const through = (inner: Expression) => {
    const value = within(inner);
    budget.spend(value);
    return value;
  };
  switch (expression.kind) {
    case "literal":
      return moaValue(expression.value);
    case "name":
      return named(expression.name, names);
    case "template": {
      const parts = expression.parts.map(through);
      return moaValue(bounded(parts.map(textOf)), ...parts);
    }
    case "array":
      return moaValue(expression.items.map(within));
    case "object":
      return moaValue(new Map(expression.entries.map(([key, value]) => [keyOf(within(key)), within(value)])));
    case "member":
      return member(within(expression.of), within(expression.key));
    case "call": {
      const { callee } = expression;
      const body = callee.kind === "name" ? functions.get(callee.name) : undefined;
      if (callee.kind !== "name" || body === undefined)
        throw new MoaError(`there is no function "${callee.kind === "name" ? callee.name : "of that kind"}"`);
      return body(expression.arguments.map(through));
    }
    case "unary": {
      const of = through(expression.of);
      if (expression.operator === "!") return moaValue(!isTruthy(of), of);
      const number = requireNumber(of, `"${expression.operator}"`);
      return moaValue(expression.operator === "-" ? -number : number, of);
    }
    case "binary": {
      const left = within(expression.left);
      if (expression.operator === "||") return isTruthy(left) ? left : within(expression.right);
      if (expression.operator === "&&") return isTruthy(left) ? within(expression.right) : left;
      budget.spend(left);
      return binary(expression.operator, left, through(expression.right));
    }
  }
}

function named(name: string, names: ReadonlyMap<string, MoaValue>): MoaValue {
  const value = names.get(name);
  if (value === undefined) throw new MoaError(`there is no "${name}" here, only ${[...names.keys()].join(", ")}`);
  return value;
}

function keyOf(value: MoaValue): string {
  if (typeof value.data === "string") return value.data;
  throw new MoaError(`the key of an object is a string, not ${kindOf(value)}`);
}

function member(of: MoaValue, key: MoaValue): MoaValue {
  const { data } = of;
  const found = (value: MoaValue | undefined, name: string): MoaValue => {
    if (value === undefined) throw new MoaError(`there is no "${name}" in the ${kindOf(of)}: attribute not found`);
    return { data: value.data, sensitive: value.sensitive || of.sensitive || key.sensitive };
  };
  if (data instanceof Map) return found(data.get(keyOf(key)), keyOf(key));
  if (!Array.isArray(data)) throw new MoaError(`${kindOf(of)} has nothing inside that could be asked for`);
  if (typeof key.data !== "number") throw new MoaError(`the index of an array is a number, not ${kindOf(key)}`);
  return found((data as readonly MoaValue[])[key.data], String(key.data));
}

function binary(operator: BinaryOperator, left: MoaValue, right: MoaValue): MoaValue {
  if (operator === "+" && typeof left.data === "string" && typeof right.data === "string")
    return moaValue(bounded([left.data, right.data]), left, right);
  const order = () => compare(left, right);
  const numbers = (): [number, number] => [requireNumber(left, `"${operator}"`), requireNumber(right, `"${operator}"`)];
  return moaValue(compute(operator, order, numbers), left, right);
}

function compute(operator: BinaryOperator, order: () => number, numbers: () => [number, number]): boolean | number {
  if (operator === "==") return order() === 0;
  if (operator === "!=") return order() !== 0;
  if (operator === "<") return order() < 0;
  if (operator === "<=") return order() <= 0;
  if (operator === ">") return order() > 0;
  if (operator === ">=") return order() >= 0;
  const [a, b] = numbers();
  if (b === 0 && (operator === "/" || operator === "%")) throw new MoaError("division by zero");
  if (operator === "+") return a + b;
  if (operator === "-") return a - b;
  if (operator === "*") return a * b;
  return operator === "/" ? a / b : a % b;
}

function bounded(parts: readonly string[]): string {
  if (parts.reduce((sum, part) => sum + part.length, 0) > longestText)
    throw new MoaError("an expression makes a text of more than 4 Mi characters");
  return parts.join("");
}
