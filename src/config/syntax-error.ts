import { AgentError } from "../support/errors.ts";
import type { Position } from "./locate.ts";

/** What the `toml` parser throws: `location` for syntax, `line` and `column` for the rest. */
interface TomlError {
  readonly message: string;
  readonly location?: { readonly start: Position };
  readonly line?: number;
  readonly column?: number;
}

/** A syntax error with its line, a caret under the place, and a fix. Secrets in the line are blotted out. */
export function syntaxError(file: string, source: string, thrown: unknown): AgentError {
  const error = thrown as TomlError;
  const line = error.location?.start.line ?? error.line ?? 1;
  const written = (source.split("\n")[line - 1] ?? "").replace(/\r$/, "").replaceAll("\t", " ");
  const column = startOfWord(written, error.location?.start.column ?? error.column ?? 1);
  const { what, hint } = explain(error.message, written, column);
  const gutter = `${line} | `;
  const excerpt = `${gutter}${blot(written)}\n${" ".repeat(gutter.length + column - 1)}^`;
  return new AgentError("CONFIG_SYNTAX", `${file}:${line}:${column}: ${what}\n${excerpt}`, {
    hint,
    exitCode: 2,
    cause: new SyntaxError("config.toml is not TOML"),
  });
}

/** `log_level = info`: the parser takes `inf` for a number and stumbles over the `o`; the word is what's wrong. */
function startOfWord(line: string, column: number): number {
  const word = /=\s*([A-Za-z_][\w-]*)$/.exec(line.slice(0, column - 1))?.[1];
  return column - (word?.length ?? 0);
}

function explain(message: string, line: string, column: number): { what: string; hint: string } {
  const twice = /^Cannot redefine existing key '(.+)'/.exec(message);
  if (twice)
    return {
      what: `${twice[1]} is set twice`,
      hint: "remove one of the two, or use [[double brackets]] for a list of tables",
    };
  if (message.includes("losslessly")) return { what: "the number is too large", hint: "use a smaller number" };

  const found = /but (?:"((?:\\.|[^"\\])*)"|(end of input)) found\.$/.exec(message);
  const end = found?.[2] !== undefined || found?.[1] === "\\n" || found?.[1] === "\\r" || column > line.length;
  const before = line.slice(0, column - 1);
  if (end && /^[^=]*=\s*$/.test(before)) {
    return { what: "the value is missing", hint: "write a value after the =, or remove the line" };
  }
  if (end && isInsideString(before))
    return { what: "the string does not end", hint: "close it with a quote on the same line" };
  if (end && /^\s*\[/.test(before))
    return { what: "the section's header does not end", hint: "close it with ] (or ]] for [[runners]])" };
  if (end && !before.includes("=")) return { what: "a key without a value", hint: "write KEY = VALUE" };
  const what = end ? "unexpected end of the line" : `unexpected ${JSON.stringify(line[column - 1] ?? "")}`;
  if (/=\s*$/.test(before)) return { what, hint: "text needs quotes; true, false and numbers have none" };
  if (/\[[^\]]*$/.test(before)) return { what, hint: "separate the list's values by commas and close it with ]" };
  return { what, hint: "write one KEY = VALUE a line, text in double quotes" };
}

const isInsideString = (text: string): boolean => (text.replace(/\\./g, "").match(/"/g) ?? []).length % 2 === 1;

const secretKey = /(?:token|secret\w*|passw\w*|accesskey|sessiontoken|accessid|privatekey|accountkey)"?\s*=/i;
/** What a key and the start of its value look like; in a line without them a string of several lines may go on. */
const keyAndValue = /^\s*(?:[\w."'-]+\s*=|\[)/;

/**
 * The same line, of the same length, without what may be a secret: values of secret keys (also in a table within the
 * line), of `KEY=value` in strings, the user of a URL, GitLab's tokens; where the line may
 * be the rest of a longer string, all of its words.
 */
function blot(line: string): string {
  const at = secretKey.exec(line);
  const kept = at === null ? line : line.slice(0, at.index + at[0].length);
  const shown = kept
    .replace(/(["'][A-Za-z_][A-Za-z0-9_]*=)([^"']*)/g, (_, name: string, secret: string) => name + stars(secret))
    .replace(/(:\/\/)([^/\s"']*)(?=@)/g, (_, lead: string, user: string) => lead + stars(user))
    .replace(/\bgl[a-z]{2,7}-[\w.-]{8,}/g, stars);
  const rest = line.slice(kept.length).replace(/[^\s"']+/g, stars);
  return keyAndValue.test(line) ? shown + rest : line.replace(/[^\s"'[\]{},=:]{6,}/g, stars);
}

const stars = (text: string): string => "*".repeat(text.length);
