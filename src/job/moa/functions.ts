import { MoaError } from "./moa-error.ts";
import { holdsSensitive, isTruthy, kindOf, type MoaValue, textOf } from "./value.ts";

type Body = (value: MoaValue) => MoaValue["data"];

const numeral = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

const bodies: Readonly<Record<string, Body>> = {
  str: textOf,
  bool: isTruthy,
  num: (value) => {
    if (typeof value.data === "number") return value.data;
    if (typeof value.data === "string" && numeral.test(value.data)) return Number(value.data);
    throw new MoaError(`num() takes the text of a number, and this ${kindOf(value)} is none`);
  },
};

/** The language's built-in functions, by name. Each takes one argument. */
export const functions: ReadonlyMap<string, (values: readonly MoaValue[]) => MoaValue> = new Map(
  Object.entries(bodies).map(([name, body]) => [
    name,
    (values: readonly MoaValue[]) => {
      const [value] = values;
      if (value === undefined || values.length !== 1)
        throw new MoaError(`${name}() takes one argument, not ${values.length}`);
      return { data: body(value), sensitive: holdsSensitive(value) };
    },
  ]),
);
