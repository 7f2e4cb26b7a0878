import { type AST, parseTOML } from "toml-eslint-parser";
import { AgentError } from "../support/errors.ts";
import { keyNames } from "./locate.ts";
import { tomlKey, tomlSection, type TomlTable, tomlValue, type TomlValue } from "./toml-text.ts";

/**
 * Changes to config.toml's text that leave everything else as the admin wrote it: comments, blank lines, order, line
 * ends. The text must be TOML (parse.ts says so first). Throws AgentError CONFIG_EDIT where the runners are written in
 * a form that can't be changed line by line.
 */

/** The text with one more [[runners]] entry at its end. */
export function appendRunner(text: string, entry: TomlTable): string {
  const inline = blocksOf(text).find((node) => node.type === "TOMLKeyValue" && keyNames(node.key)[0] === "runners");
  if (inline) throw notEditable();
  const newline = newlineOf(text);
  const section = tomlSection(["runners"], entry, "list").replaceAll("\n", newline) + newline;
  if (text === "") return section;
  const ended = text.endsWith("\n") ? text : text + newline;
  return ended + (/\n\r?\n$/.test(ended) ? "" : newline) + section;
}

/**
 * The text without entry `index`: its lines from the header to the last key of its tables. Comments after that stay,
 * since they may belong to what follows.
 */
export function removeRunner(text: string, index: number): string {
  const blocks = blocksOf(text);
  const runs: { from: number; to: number }[] = [];
  for (const [i, block] of blocks.entries()) {
    if (!isOwn(block, index)) continue;
    const previous = blocks[i - 1];
    const run = previous && isOwn(previous, index) ? runs.at(-1) : undefined;
    if (run) run.to = block.range[1];
    else runs.push({ from: block.range[0], to: block.range[1] });
  }
  if (runs.length === 0) throw notEditable();
  return runs.reduceRight((rest, { from, to }) => cutLines(rest, from, to), text);
}

/**
 * The text with `key` of entry `index` set to `value`: in place where the key is written, otherwise on a new line after
 * the key `after`, or after the entry's last key.
 */
export function setRunnerKey(text: string, index: number, key: string, value: TomlValue, after?: string): string {
  const header = blocksOf(text).find((block) => isOwn(block, index));
  if (header?.type !== "TOMLTable") throw notEditable();
  const pairOf = (name: string) => header.body.find((pair) => keyNames(pair.key).join("\0") === name);
  const written = pairOf(key);
  if (written) {
    const [from, to] = written.value.range;
    return text.slice(0, from) + tomlValue(value) + text.slice(to);
  }
  const anchor = (after === undefined ? undefined : pairOf(after)) ?? header.body.at(-1);
  const indent = anchor ? indentAt(text, anchor.range[0]) : `${indentAt(text, header.range[0])}  `;
  const end = endOfLine(text, (anchor ?? header).range[1]);
  const newline = newlineOf(text);
  return `${text.slice(0, end)}${newline}${indent}${tomlKey(key)} = ${tomlValue(value)}${text.slice(end)}`;
}

const notEditable = (): AgentError =>
  new AgentError("CONFIG_EDIT", "the runners are not written as [[runners]] sections, so the file can't be changed", {
    hint: "rewrite `runners = [...]` as [[runners]] sections",
    exitCode: 2,
  });

type Block = AST.TOMLKeyValue | AST.TOMLTable;

/** A byte order mark counts as a blank, so that positions stay. */
const blocksOf = (text: string): Block[] =>
  parseTOML(text.replace(/^\uFEFF/, " "), { tomlVersion: "1.1" }).body[0].body;

/** The entry's own section, or that of one of its tables. */
const isOwn = (block: Block, index: number): block is AST.TOMLTable =>
  block.type === "TOMLTable" && block.resolvedKey[0] === "runners" && block.resolvedKey[1] === index;

function cutLines(text: string, from: number, to: number): string {
  const start = text.lastIndexOf("\n", from - 1) + 1;
  const end = endOfLine(text, to);
  const before = text.slice(0, start);
  const rest = text.slice(text[end] === "\r" ? end + 2 : end + 1);
  // The blank line that set the section apart goes with it: at the end of the file, and where another one stays.
  if (rest.trim() === "") return before.replace(/(?:\r?\n)+$/, newlineOf(text));
  return before === "" || /\n\r?\n$/.test(before) ? before + rest.replace(/^(?:\r?\n)+/, "") : before + rest;
}

const newlineOf = (text: string): string => (/\r\n/.test(text) ? "\r\n" : "\n");

/** Position of the line break that ends the line of `position`, or the text's end. */
function endOfLine(text: string, position: number): number {
  const found = text.indexOf("\n", position);
  if (found === -1) return text.length;
  return text[found - 1] === "\r" ? found - 1 : found;
}

const indentAt = (text: string, position: number): string =>
  /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", position - 1) + 1))?.[0] ?? "";
