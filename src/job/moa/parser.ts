import type { BinaryOperator, Expression, UnaryOperator } from "./expression.ts";
import type { Scanner } from "./scanner.ts";
import { rawString, string } from "./strings.ts";

/** Words that the language keeps for itself. */
const reserved = new Set(
  (
    "array as break case const continue default else fallthrough float for func function goto if import in int let loop " +
    "map namespace number object package range return string struct switch type var void while"
  ).split(" "),
);

/** From the loosest to the tightest; all are left-associative. */
const levels: readonly (readonly BinaryOperator[])[] = [
  ["||"],
  ["&&"],
  ["==", "!=", "<=", ">=", "<", ">"],
  ["+", "-"],
  ["*", "/", "%"],
];
const unary: readonly UnaryOperator[] = ["+", "-", "!"];

/** Of brackets, operators and strings within each other: an expression must not exhaust the stack. */
const deepest = 100;
/** Of operators and accesses in one expression, which stand within each other once they are read. */
const mostParts = 1_000;

/** Reads an expression and the `}}` after it. @throws MoaError */
export function readExpression(scanner: Scanner): Expression {
  const parser = new Parser(scanner);
  return parser.untilClose();
}

class Parser {
  readonly #scanner: Scanner;
  #depth = 0;
  #parts = 0;

  constructor(scanner: Scanner) {
    this.#scanner = scanner;
  }

  untilClose(): Expression {
    const expression = this.#expression();
    this.#scanner.expectClose();
    return expression;
  }

  #expression(): Expression {
    return this.#nested(() => this.#binary(0));
  }

  #count(): void {
    if (++this.#parts > mostParts) throw this.#scanner.wrong("an expression is too long", this.#scanner.position);
  }

  #nested<T>(read: () => T): T {
    if (this.#depth === deepest)
      throw this.#scanner.wrong("an expression is nested too deeply", this.#scanner.position);
    this.#depth++;
    const result = read();
    this.#depth--;
    return result;
  }

  #binary(level: number): Expression {
    const operators = levels[level];
    if (operators === undefined) return this.#unary();
    let left = this.#binary(level + 1);
    for (;;) {
      const operator = operators.find((each) => this.#scanner.take(each));
      if (operator === undefined) return left;
      this.#count();
      left = { kind: "binary", operator, left, right: this.#binary(level + 1) };
    }
  }

  #unary(): Expression {
    const operator = unary.find((each) => this.#scanner.take(each));
    return operator === undefined ? this.#access() : { kind: "unary", operator, of: this.#nested(() => this.#unary()) };
  }

  #access(): Expression {
    const scanner = this.#scanner;
    let expression = this.#primary();
    for (;;) {
      this.#count();
      if (scanner.take(".")) {
        const token = scanner.peek();
        if (token.kind !== "word") throw scanner.unexpected(token, "a name");
        scanner.pass(token);
        expression = { kind: "member", of: expression, key: { kind: "literal", value: token.text } };
      } else if (scanner.take("[")) {
        expression = { kind: "member", of: expression, key: this.#expression() };
        scanner.expect("]");
      } else if (scanner.take("(")) {
        expression = { kind: "call", callee: expression, arguments: this.#list(")", () => this.#expression()) };
      } else return expression;
    }
  }

  #primary(): Expression {
    const scanner = this.#scanner;
    const token = scanner.peek();
    scanner.pass(token);
    if (token.kind === "number") return { kind: "literal", value: token.value };
    if (token.kind === "quote") {
      return token.text === "'" ? rawString(scanner) : string(scanner, () => this.untilClose());
    }
    if (token.kind === "word") {
      if (token.text === "null") return { kind: "literal", value: null };
      if (token.text === "true" || token.text === "false") return { kind: "literal", value: token.text === "true" };
      if (reserved.has(token.text)) throw scanner.wrong(`"${token.text}" is a reserved word`, token.at);
      return { kind: "name", name: token.text };
    }
    if (token.text === "(") {
      const inner = this.#expression();
      scanner.expect(")");
      return inner;
    }
    if (token.text === "[") return { kind: "array", items: this.#list("]", () => this.#expression()) };
    if (token.text === "{") return { kind: "object", entries: this.#list("}", () => this.#entry()) };
    throw scanner.unexpected(token, "a value");
  }

  /** A name as a key stands for itself. */
  #entry(): readonly [Expression, Expression] {
    const scanner = this.#scanner;
    const token = scanner.peek();
    let key: Expression;
    if (token.kind === "word") {
      scanner.pass(token);
      key = { kind: "literal", value: token.text };
    } else key = this.#expression();
    scanner.expect(":");
    return [key, this.#expression()];
  }

  /** After the opening bracket; a comma may stand behind the last. */
  #list<T>(close: string, read: () => T): T[] {
    const items: T[] = [];
    while (!this.#scanner.take(close)) {
      items.push(read());
      if (this.#scanner.take(",")) continue;
      this.#scanner.expect(close);
      break;
    }
    return items;
  }
}
