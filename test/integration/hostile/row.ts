import Table from "cli-table3";
import type { Field } from "./field.ts";

/** One hostile input. */
export interface HostileRow {
  readonly input: string;
  /** What must hold all the same. */
  readonly holds: string;
  /** Does it for real and says what happened; rejects when what must hold does not. */
  readonly happens: (field: Field) => Promise<string>;
}

/** Rows of one kind of input. */
export interface HostileKind {
  readonly title: string;
  readonly rows: readonly HostileRow[];
}

export function row(input: string, holds: string, happens: HostileRow["happens"]): HostileRow {
  return { input, holds, happens };
}

/** Several rows may look at what one job did. */
export function once<T>(make: (field: Field) => Promise<T>): (field: Field) => Promise<T> {
  let made: Promise<T> | null = null;
  return (field) => (made ??= make(field));
}

/** Rejects, with the evidence, when it doesn't hold. */
export function must(holds: boolean, evidence: unknown): void {
  if (!holds) throw new Error(typeof evidence === "string" ? evidence : JSON.stringify(evidence));
}

/** The first line of a text in which this stands; rejects with the text when it stands nowhere. */
export function lineWith(text: string, words: string | RegExp): string {
  const line = text.split("\n").find((each) => (typeof words === "string" ? each.includes(words) : words.test(each)));
  if (line === undefined) throw new Error(`${String(words)} is not in:\n${text.slice(-4000)}`);
  return line;
}

/** All rows as they went, for people. */
export function hostileTable(kinds: readonly HostileKind[], happened: ReadonlyMap<HostileRow, string>): string {
  const table = new Table({
    head: ["", "input", "what must hold", "what happened"],
    colWidths: [4, 44, 44, 70],
    wordWrap: true,
    wrapOnWordBoundary: false,
    style: { head: [], border: [], compact: true },
  });
  let number = 0;
  for (const { title, rows } of kinds) {
    table.push([{ colSpan: 4, content: title }]);
    for (const each of rows) table.push([++number, each.input, each.holds, happened.get(each) ?? "FAILED"]);
  }
  return table.toString();
}
