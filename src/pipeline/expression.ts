import { ExpressionError, tokenize, type BinaryOperator, type Token } from "./expression-tokens.ts";
import { translateRegex } from "./regex.ts";

/** A `rules:if` expression as a tree. */
export type Expression =
  | { readonly kind: "variable"; readonly name: string }
  | { readonly kind: "string"; readonly value: string }
  /** `source` with plain slashes; checked to be valid. */
  | { readonly kind: "regex"; readonly source: string; readonly flags: string }
  | { readonly kind: "null" }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "not"; readonly operand: Expression }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Expression;
      readonly right: Expression;
    };

export type ParsedExpression =
  | { readonly expression: Expression }
  /** `offset` in characters from 0. */
  | { readonly failure: { readonly offset: number; readonly message: string; readonly hint: string } };

/** GitLab's order: comparisons bind tightest, then &&, then ||; all of them from the left. */
const strength: Readonly<Record<BinaryOperator, number>> = { "==": 3, "!=": 3, "=~": 3, "!~": 3, "&&": 2, "||": 1 };

/** Reads an expression of `rules:if` or `only:variables`. Throws nothing. */
export function parseExpression(text: string): ParsedExpression {
  try {
    const parser = new Parser(tokenize(text), text.length);
    return { expression: parser.whole() };
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error;
    return { failure: { offset: error.offset, message: error.message, hint: error.hint } };
  }
}

class Parser {
  readonly #tokens: readonly Token[];
  readonly #end: number;
  #position = 0;

  constructor(tokens: readonly Token[], end: number) {
    this.#tokens = tokens;
    this.#end = end;
  }

  whole(): Expression {
    const expression = this.#binary(1);
    const rest = this.#tokens[this.#position];
    if (rest === undefined) return expression;
    if (rest.kind === "close")
      throw new ExpressionError(rest.offset, "This ')' closes nothing.", "Remove it, or add the '('.");
    throw new ExpressionError(
      rest.offset,
      "An operator is missing here.",
      "Join the two parts with &&, ||, ==, !=, =~ or !~.",
    );
  }

  #binary(least: number): Expression {
    let left = this.#unary();
    for (;;) {
      const token = this.#tokens[this.#position];
      if (token?.kind !== "operator" || strength[token.operator] < least) return left;
      this.#position += 1;
      const right = this.#binary(strength[token.operator] + 1);
      left = { kind: "binary", operator: token.operator, left, right };
    }
  }

  #unary(): Expression {
    const token = this.#tokens[this.#position];
    if (token === undefined) {
      throw new ExpressionError(
        this.#end,
        "The expression ends too early.",
        'A variable, "text", /regex/ or null has to follow.',
      );
    }
    this.#position += 1;
    switch (token.kind) {
      case "not":
        return { kind: "not", operand: this.#unary() };
      case "open":
        return this.#parenthesis(token.offset);
      case "close":
      case "operator":
        throw new ExpressionError(
          token.offset,
          "A value is missing here.",
          'Put a variable, "text", /regex/ or null here.',
        );
      case "regex":
        return regex(token);
      case "variable":
        return { kind: "variable", name: token.name };
      case "string":
        return { kind: "string", value: token.value };
      case "boolean":
        return { kind: "boolean", value: token.value };
      case "null":
        return { kind: "null" };
    }
  }

  #parenthesis(offset: number): Expression {
    const inner = this.#binary(1);
    const token = this.#tokens[this.#position];
    if (token?.kind !== "close") throw new ExpressionError(offset, "This '(' is never closed.", "Add the ')'.");
    this.#position += 1;
    return inner;
  }
}

function regex(token: Token & { readonly kind: "regex" }): Expression {
  const translated = translateRegex(token.source, token.flags);
  if ("failure" in translated) {
    throw new ExpressionError(
      token.offset,
      `The regular expression is invalid: ${translated.failure}.`,
      "Use RE2 syntax.",
    );
  }
  return { kind: "regex", source: token.source, flags: token.flags };
}

/** The text of an expression; reading it gives the same tree. A string must not hold both kinds of quotes. */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case "variable":
      return `$${expression.name}`;
    case "string":
      return expression.value.includes('"') ? `'${expression.value}'` : `"${expression.value}"`;
    case "regex":
      return `/${expression.source.replaceAll(/\\.|\//gs, (part) => (part === "/" ? "\\/" : part))}/${expression.flags}`;
    case "null":
      return "null";
    case "boolean":
      return String(expression.value);
    case "not":
      return `!${printOperand(expression.operand, 4)}`;
    case "binary": {
      const own = strength[expression.operator];
      return `${printOperand(expression.left, own)} ${expression.operator} ${printOperand(expression.right, own + 1)}`;
    }
  }
}

function printOperand(operand: Expression, least: number): string {
  const text = printExpression(operand);
  return operand.kind === "binary" && strength[operand.operator] < least ? `(${text})` : text;
}
