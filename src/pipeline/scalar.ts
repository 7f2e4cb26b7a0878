import type { ScalarType } from "./node.ts";

/** What an unquoted scalar means; "date" is a value that GitLab's parser refuses to load. */
export type PlainScalar = { readonly type: ScalarType; readonly text: string } | { readonly type: "date" };

/**
 * Reads an unquoted scalar as GitLab does, whose parser (Ruby's Psych) keeps YAML 1.1's words and numbers:
 * yes/no/on/off in any case are booleans, 0755 is octal, 1_000 and 22:30 (base 60) are numbers, `:word` is the word;
 * y and n are text, and so are 1e3 and 0o17. A pipeline that is green here must mean the same there.
 */
export function resolvePlain(source: string): PlainScalar {
  if (source === "" || source === "~" || /^null$/i.test(source)) return { type: "null", text: "" };
  if (/^(?:yes|true|on)$/i.test(source)) return { type: "boolean", text: "true" };
  if (/^(?:no|false|off)$/i.test(source)) return { type: "boolean", text: "false" };
  if (isDate(source)) return { type: "date" };
  if (/^:./.test(source)) return { type: "string", text: source.slice(1).replace(/^(["'])(.*)\1$/s, "$2") };
  return number(source) ?? { type: "string", text: source };
}

function isDate(source: string): boolean {
  return (
    /^\d{4}-(?:1[012]|0\d|\d)-(?:[12]\d|3[01]|0\d|\d)$/.test(source) ||
    /^-?\d{4}-\d{1,2}-\d{1,2}(?:[Tt]|\s+)\d{1,2}:\d\d:\d\d(?:\.\d*)?(?:\s*(?:Z|[-+]\d{1,2}:?(?:\d\d)?))?$/.test(source)
  );
}

function number(source: string): PlainScalar | null {
  const special = /^([-+]?)\.(inf|nan)$/i.exec(source);
  if (special !== null) {
    const infinite = special[2]?.toLowerCase() === "inf";
    return { type: "float", text: infinite ? `${special[1] === "-" ? "-" : ""}Infinity` : "NaN" };
  }
  if (/^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9]){1,2}$/.test(source)) return integer(sixty(source));
  if (/^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9]){1,2}\.[0-9_]*$/.test(source)) return float(sixtyFraction(source));
  if (
    /^[-+]?(?:[0-9][0-9_,]*)?\.[0-9]*(?:[eE][-+][0-9]+)?$/.test(source) &&
    /[0-9]/.test(source.split(/[eE]/)[0] ?? "")
  ) {
    return float(Number(source.replaceAll(/[_,]/g, "")));
  }
  const sign = source.startsWith("-") ? -1n : 1n;
  const digits = source.replace(/^[-+]/, "").replaceAll(/[_,]/g, "");
  if (/^[-+]?0b_*[01][01_]*$/.test(source) || /^[-+]?0x_*[0-9a-fA-F][0-9a-fA-F_]*$/.test(source)) {
    return integer(sign * BigInt(digits));
  }
  if (/^[-+]?0[0-7_,]+$/.test(source)) return integer(sign * BigInt(`0o${digits}`));
  if (/^[-+]?(?:0|[1-9](?:[0-9]|[,_][0-9])*)$/.test(source)) return integer(sign * BigInt(digits));
  return null;
}

function sixty(source: string): bigint {
  const negative = source.startsWith("-");
  const parts = source.replace(/^[-+]/, "").replaceAll("_", "").split(":");
  const total = parts.reduce((sum, part) => sum * 60n + BigInt(part), 0n);
  return negative ? -total : total;
}

function sixtyFraction(source: string): number {
  const dot = source.indexOf(".");
  const fraction = Number(`0.${source.slice(dot + 1).replaceAll("_", "") || "0"}`);
  const whole = Number(sixty(source.slice(0, dot)));
  return source.startsWith("-") ? whole - fraction : whole + fraction;
}

function integer(value: bigint): PlainScalar {
  return { type: "integer", text: value.toString() };
}

/** Written as Ruby writes it: always with a fraction. */
function float(value: number): PlainScalar {
  const text = String(value);
  return { type: "float", text: /^-?\d+$/.test(text) ? `${text}.0` : text };
}
