import type { Expression } from "./expression.ts";
import type { Scanner } from "./scanner.ts";

const escapes: Readonly<Record<string, string>> = {
  "\\": "\\",
  '"': '"',
  n: "\n",
  r: "\r",
  t: "\t",
  a: "\u0007",
  b: "\b",
  f: "\f",
  v: "\v",
  "/": "/",
};

/** What stands for itself in a text with expressions. */
export function literal(value: string): Expression {
  return { kind: "literal", value };
}

/** After an opening `'`: only `\\` and `\'` are escapes there, and nothing is interpolated. */
export function rawString(scanner: Scanner): Expression {
  const { text } = scanner;
  const start = scanner.position;
  let value = "";
  for (let at = start; at < text.length; at++) {
    const character = text[at] as string;
    if (character === "'") {
      scanner.position = at + 1;
      return literal(value);
    }
    if (character === "\\") {
      at++;
      const next = text[at] ?? "";
      if (next !== "\\" && next !== "'") throw scanner.wrong(`unknown escape "\\${next}"`, at - 1);
      value += next;
    } else value += character;
  }
  throw scanner.wrong("a string is not closed", start - 1);
}

/** After an opening `"`. @param expression reads one up to its `}}` */
export function string(scanner: Scanner, expression: () => Expression): Expression {
  const { text } = scanner;
  const start = scanner.position;
  const parts: Expression[] = [];
  let value = "";
  for (let at = start; at < text.length;) {
    const character = text[at] as string;
    if (character === '"') {
      scanner.position = at + 1;
      if (value !== "" || parts.length === 0) parts.push(literal(value));
      return parts.length === 1 && parts[0]?.kind === "literal" ? parts[0] : { kind: "template", parts };
    }
    if (text.startsWith("${{", at)) {
      if (value !== "") parts.push(literal(value));
      value = "";
      scanner.position = at + 3;
      parts.push(expression());
      at = scanner.position;
    } else if (character === "\\") {
      const { read, length } = escaped(scanner, at);
      value += read;
      at += length;
    } else {
      value += character;
      at++;
    }
  }
  throw scanner.wrong("a string is not closed", start - 1);
}

function escaped(scanner: Scanner, at: number): { readonly read: string; readonly length: number } {
  const { text } = scanner;
  if (text.startsWith("${{", at + 1)) return { read: "${{", length: 4 };
  const code = /^u([0-9a-fA-F]{4})/.exec(text.slice(at + 1, at + 6))?.[1];
  if (code !== undefined) return { read: String.fromCharCode(Number.parseInt(code, 16)), length: 6 };
  const read = escapes[text[at + 1] ?? ""];
  if (read === undefined) throw scanner.wrong(`unknown escape "\\${text[at + 1] ?? ""}"`, at);
  return { read, length: 2 };
}
