/* eslint-disable no-control-regex -- control characters are what this file is about */

import { withoutSteering } from "../support/terminal-text.ts";

const stamp = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{6}Z ([0-9a-f]{2}[OE])([ +])/;
const sectionMark = /section_(?:start|end):\d+:[^\r\n]*?\r(?:\x1b\[0K)?/g;
const colour = /^\x1b\[[\d;:]*m/;
/** Escape sequences of every other kind: CSI, OSC and its like up to their end, then the short ones. */
const otherSequence = /^\x1b(?:\[[0-?]*[ -/]*[@-~]?|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~]?)/;
const reset = "\x1b[0m";

/**
 * A job's log, as it arrives in pieces, as lines for a terminal: without section marks and timestamps, the parts of
 * one line put together again, overwritten text left out, and of all escape sequences the colours only.
 */
export class LogLines {
  readonly #colours: boolean;
  #rest: Buffer = Buffer.alloc(0);
  /** A line that may still go on: the stamp of the next one tells. */
  #held: { readonly stream: string; text: string } | null = null;

  constructor(options: { readonly colours: boolean }) {
    this.#colours = options.colours;
  }

  /** The lines that are known to be complete. */
  push(bytes: Uint8Array): string[] {
    const all = Buffer.concat([this.#rest, bytes]);
    const end = all.lastIndexOf(0x0a) + 1;
    this.#rest = all.subarray(end);
    if (end === 0) return [];
    return all
      .toString("utf8", 0, end - 1)
      .split("\n")
      .flatMap((line) => this.#take(line));
  }

  /** A complete line that was held in case it goes on: when nothing has come for a moment. */
  release(): string[] {
    const held = this.#held;
    this.#held = null;
    return held === null ? [] : show(held.text, this.#colours);
  }

  /** Everything that is left, at the end of the log. */
  end(): string[] {
    const rest = this.#rest.length === 0 ? [] : this.#take(this.#rest.toString("utf8"));
    this.#rest = Buffer.alloc(0);
    return [...rest, ...this.release()];
  }

  #take(line: string): string[] {
    const match = stamp.exec(line);
    if (match === null) return [...this.release(), ...show(line, this.#colours)];
    const [whole, stream = "", mark = ""] = match;
    const text = line.slice(whole.length);
    if (mark === "+" && this.#held?.stream === stream) {
      this.#held.text += text;
      return [];
    }
    const before = this.release();
    this.#held = { stream, text };
    return before;
  }
}

/** One line as a terminal may have it; none when nothing but marks was in it. */
function show(line: string, colours: boolean): string[] {
  const unmarked = line.replace(sectionMark, "");
  if (unmarked !== line && unmarked.trim() === "") return [];
  const visible = unmarked.replace(/\r+$/, "");
  return [safeText(visible.slice(visible.lastIndexOf("\r") + 1), colours)];
}

/** Text of others for a terminal: colours if they are wanted, no other escape sequence, no control character but the tab. */
export function safeText(text: string, colours: boolean): string {
  let result = "";
  let coloured = false;
  for (let at = 0; at < text.length;) {
    const escape = text.indexOf("\x1b", at);
    const upTo = escape < 0 ? text.length : escape;
    result += withoutSteering(text.slice(at, upTo));
    if (escape < 0) break;
    const rest = text.slice(escape);
    const kept = colour.exec(rest)?.[0];
    if (kept !== undefined && colours) {
      result += kept;
      coloured = true;
    }
    at = escape + (kept ?? otherSequence.exec(rest)?.[0] ?? "\x1b").length;
  }
  // So that a colour which a job leaves on does not reach the next line, which may be another job's.
  return coloured ? `${result}${reset}` : result;
}
