/** The pieces of a `rules:if` expression. `offset` counts characters from 0. */
export type Token = { readonly offset: number } & (
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "regex"; readonly source: string; readonly flags: string }
  | { readonly kind: "null" }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "operator"; readonly operator: BinaryOperator }
  | { readonly kind: "not" | "open" | "close" }
);

export type BinaryOperator = "==" | "!=" | "=~" | "!~" | "&&" | "||";

/** An expression that cannot be read: where, why, and what to write instead. Never leaves this folder. */
export class ExpressionError extends Error {
  readonly offset: number;
  readonly hint: string;

  constructor(offset: number, message: string, hint: string) {
    super(message);
    this.name = "ExpressionError";
    this.offset = offset;
    this.hint = hint;
  }
}

/** GitLab stops at the hundredth token. */
const maxTokens = 99;

type Maker = (match: RegExpExecArray, offset: number) => Token;

/** In GitLab's order; sticky, so that each is tried where the reader stands. */
const patterns: readonly (readonly [RegExp, Maker])[] = [
  [/\(/y, (_, offset) => ({ kind: "open", offset })],
  [/\)/y, (_, offset) => ({ kind: "close", offset })],
  [/\$(\w+)/y, ([, name = ""], offset) => ({ kind: "variable", name, offset })],
  [/"(.*?)"|'(.*?)'/y, ([, double, single], offset) => ({ kind: "string", value: double ?? single ?? "", offset })],
  [
    /\/((?:\\.|[^/\\])+)\/([ismU]*)/y,
    ([, body = "", flags = ""], offset) => ({ kind: "regex", source: unescapeSlashes(body), flags, offset }),
  ],
  [/null/y, (_, offset) => ({ kind: "null", offset })],
  [/\b(true|false)\b/y, ([, word], offset) => ({ kind: "boolean", value: word === "true", offset })],
  [/==|=~|!=|!~|&&|\|\|/y, ([text], offset) => ({ kind: "operator", operator: text as BinaryOperator, offset })],
  [/!/y, (_, offset) => ({ kind: "not", offset })],
];

/** Cuts an expression into tokens; throws ExpressionError. */
export function tokenize(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let offset = skipSpace(text, 0);
  while (offset < text.length) {
    if (tokens.length === maxTokens) {
      throw new ExpressionError(
        offset,
        `The expression has more than ${maxTokens} parts.`,
        "Split it into several rules.",
      );
    }
    const [token, length] = next(text, offset);
    tokens.push(token);
    offset = skipSpace(text, offset + length);
  }
  return tokens;
}

function next(text: string, offset: number): readonly [Token, number] {
  for (const [pattern, make] of patterns) {
    pattern.lastIndex = offset;
    const match = pattern.exec(text);
    if (match !== null) return [make(match, offset), match[0].length];
  }
  throw new ExpressionError(
    offset,
    `'${text.slice(offset, offset + 12)}' is not understood.`,
    adviceAt(text.slice(offset)),
  );
}

function skipSpace(text: string, from: number): number {
  const space = /\s*/y;
  space.lastIndex = from;
  return from + (space.exec(text)?.[0].length ?? 0);
}

function adviceAt(rest: string): string {
  if (rest.startsWith("$[[")) return "Inputs ($[[ ... ]]) are not supported here; use a variable.";
  if (rest.startsWith("${")) return "Write the variable as $NAME.";
  if (rest.startsWith("/")) return "Close the regular expression with '/', and write a slash in it as '\\/'.";
  if (/^["']/.test(rest)) return "Close the quote.";
  if (/^=|^&|^\|/.test(rest)) return "The operators are ==, !=, =~, !~, && and ||.";
  return 'Use $VARIABLE, "text", /regex/, null, the operators ==, !=, =~, !~, &&, || and parentheses.';
}

function unescapeSlashes(body: string): string {
  return body.replaceAll(/\\(.)/gs, (pair, escaped) => (escaped === "/" ? "/" : pair));
}
