import { isTooShortToHide } from "../support/shortest-secret.ts";
import { base64Forms } from "./base64-forms.ts";

/** A line of a secret that is shorter hides nothing by itself, and no encoded form of a secret does. */
const shortestLine = 8;
const shortestForm = 6;
/** Of a longer secret, in characters, only what it is and its lines are looked for. */
const longestEncoded = 64 * 1024;

/** A line break, also as it is written in JSON, in a shell's $'...', or in a variable that holds a key on one line. */
const lineBreak = /\r\n|\n|\r|\\r\\n|\\n/;

/**
 * All texts as which a secret may stand in a log: itself, its lines, and what tools make of it that quote or encode it
 * (docs/log.md). White space around it is no part of it (protocol section 8.5); one that is nothing else hides nothing. A very
 * short one is looked for as it is alone.
 */
export function maskedForms(secret: string): string[] {
  const whole = secret.trim();
  if (isTooShortToHide(whole)) return whole === "" ? [] : [whole];
  const lines = lineBreak.test(whole) ? whole.split(lineBreak).map((line) => line.trim()) : [];
  const texts = [whole, ...lines.filter(isTelling)];
  const newlines = /\r?\n/.test(whole) ? [whole.replaceAll(/\r?\n/g, "\n"), whole.replaceAll(/\r?\n/g, "\r\n")] : [];
  if (whole.length > longestEncoded) return distinct([...texts, ...newlines]);
  const encoded = [...texts.flatMap(escapedForms), ...base64Forms(whole)];
  return distinct([...texts, ...newlines, ...encoded.filter((form) => form.length >= shortestForm)]);
}

/** Short lines, rules (`=====`) and the borders of keys and certificates are in many texts that hold no secret. */
function isTelling(line: string): boolean {
  return line.length >= shortestLine && new Set(line).size > 2 && !/^-{5}(?:BEGIN|END) [A-Z0-9 ]+-{5}$/.test(line);
}

/** The same text as it looks within a URL, a JSON string, an HTML page, or a command that a shell shows. */
function escapedForms(text: string): string[] {
  return [...urlForms(text), ...jsonForms(text), ...shellForms(text), htmlForm(text)];
}

/** Encoders don't agree on what needs no `%`: by RFC 3986, JavaScript (two of them), Python's quote, forms. */
function urlForms(text: string): string[] {
  const component = text.isWellFormed() ? encodeURIComponent(text) : text;
  const strict = component.replaceAll(/[!'()*]/g, percent);
  const upper = [
    component,
    strict,
    strict.replaceAll("%2F", "/"),
    text.isWellFormed() ? encodeURI(text) : text,
    component.replaceAll("%20", "+"),
    strict.replaceAll("%20", "+"),
    strict.replaceAll("%20", "+").replaceAll("%2A", "*").replaceAll("~", "%7E"),
  ];
  return [...upper, ...upper.map((form) => form.replaceAll(/%[0-9A-F]{2}/g, (code) => code.toLowerCase()))];
}

function percent(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}

/** Encoders differ in `/`, in `<`, `>` and `&`, and in what is outside ASCII. */
function jsonForms(text: string): string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const ascii = json.replaceAll(/[^\0-\x7F]/g, unicodeEscape);
  return [json, json.replaceAll("/", "\\/"), ascii, json.replaceAll(/[<>&]/g, unicodeEscape)];
}

function unicodeEscape(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/** Within '...', "...", $'...' and without quotes, as `set -x`, `declare -p` and `printf %q` show it. */
function shellForms(text: string): string[] {
  const ansi = text
    .replaceAll(/[\\']/g, "\\$&")
    .replaceAll("\n", "\\n")
    .replaceAll("\r", "\\r")
    .replaceAll("\t", "\\t");
  return [
    text.replaceAll("'", "'\\''"),
    text.replaceAll("'", `'"'"'`),
    text.replaceAll(/[\\$`"]/g, "\\$&"),
    ansi,
    text.replaceAll(/[^\w\-.,:+/@%^=\u0080-\uFFFF]/g, "\\$&"),
  ];
}

function htmlForm(text: string): string {
  const names: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&#39;",
  };
  return text.replaceAll(/[&<>"']/g, (character) => names[character] as string);
}

function distinct(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}
