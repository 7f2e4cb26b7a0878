import { MoaError } from "./moa-error.ts";

export type Token =
  | { readonly kind: "number"; readonly value: number; readonly text: string; readonly at: number }
  | { readonly kind: "word"; readonly text: string; readonly at: number }
  | { readonly kind: "quote"; readonly text: '"' | "'"; readonly at: number }
  | { readonly kind: "sign"; readonly text: string; readonly at: number }
  | { readonly kind: "end"; readonly text: ""; readonly at: number };

const blank = /[ \t\r\n]*/y;
const number = /(?:\d+(?:\.\d+)?|\.\d+)(?:[eE][+-]?\d+)?/y;
const word = /[A-Za-z_][A-Za-z0-9_]*/y;
const sign = /\|\||&&|==|!=|<=|>=|[<>+\-*/%!.,:()[\]{}]/y;

/** Reads an expression's tokens, one at a time: what stands in double quotes holds expressions of its own. */
export class Scanner {
  readonly text: string;
  position: number;

  constructor(text: string, position: number) {
    this.text = text;
    this.position = position;
  }

  /** The next token, which is not passed. */
  peek(): Token {
    const at = this.position + (this.#match(blank, this.position)?.length ?? 0);
    if (at >= this.text.length) return { kind: "end", text: "", at };
    const digits = this.#match(number, at);
    if (digits !== null) return { kind: "number", value: Number(digits), text: digits, at };
    const name = this.#match(word, at);
    if (name !== null) return { kind: "word", text: name, at };
    const character = this.text[at];
    if (character === '"' || character === "'") return { kind: "quote", text: character, at };
    const found = this.#match(sign, at);
    if (found !== null) return { kind: "sign", text: found, at };
    throw this.wrong(`unexpected ${JSON.stringify(character)}`, at);
  }

  pass(token: Token): void {
    this.position = token.at + token.text.length;
  }

  /** Passes the next token when it is this sign. */
  take(text: string): boolean {
    const token = this.peek();
    if (token.kind !== "sign" || token.text !== text) return false;
    this.pass(token);
    return true;
  }

  expect(text: string): void {
    if (!this.take(text)) throw this.unexpected(this.peek(), `"${text}"`);
  }

  /** What closes an expression in a template; a `}` of an object may stand right before it. */
  expectClose(): void {
    const token = this.peek();
    if (!this.text.startsWith("}}", token.at)) throw this.unexpected(token, '"}}"');
    this.position = token.at + 2;
  }

  unexpected(token: Token, expected: string): MoaError {
    const found = token.kind === "end" ? "the end of the text" : JSON.stringify(token.text);
    return this.wrong(`unexpected ${found}, expected ${expected}`, token.at);
  }

  wrong(what: string, at: number): MoaError {
    const before = this.text.slice(0, at);
    const line = before.split("\n").length;
    const column = at - before.lastIndexOf("\n");
    return new MoaError(`${what} at ${line === 1 ? "" : `line ${line}, `}character ${column}`);
  }

  #match(pattern: RegExp, at: number): string | null {
    pattern.lastIndex = at;
    return pattern.exec(this.text)?.[0] ?? null;
  }
}
