import type { ByteFilter } from "../trace/byte-filter.ts";

/** What service containers print is shown in GitLab Runner's way: grey, behind the service's names. */
const grey = "\u001B[0;37m";
const reset = "\u001B[0;m";
/** When a line was printed stands before it. */
const stamp = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z /;
/** A line that grows to this is shown in parts. */
const longestPart = 16 * 1024;

interface LongLine {
  readonly masker: ByteFilter;
  readonly time: string;
}

/**
 * One stream of a service: from bytes in any cut to whole lines as the log shows them. Where a long line is cut depends on
 * nothing but the line.
 */
export class ServiceLogLines {
  readonly #between: string;
  readonly #prefix: string;
  readonly #newMasker: () => ByteFilter;
  #unfinished = "";
  /** Of a line that is shown in parts: a secret may lie across them. */
  #long: LongLine | null = null;

  /**
   * @param names of the service on the job's network
   * @param newMasker hides secrets in one long line
   */
  constructor(names: readonly string[], newMasker: () => ByteFilter) {
    // Latin-1 keeps every byte as it is, in strings that are quick to split.
    this.#prefix = Buffer.from(`${grey}[service:${names.join("-")}] `).toString("latin1");
    this.#between = `${reset}\n${this.#prefix}`;
    this.#newMasker = newMasker;
  }

  /** How many bytes wait for the rest of their line, or of their part of it. */
  get waiting(): number {
    return this.#unfinished.length;
  }

  push(bytes: Buffer): Buffer {
    const text = this.#unfinished + bytes.toString("latin1");
    const out: string[] = [];
    let from = 0;
    for (;;) {
      const end = text.indexOf("\n", from);
      if ((end === -1 ? text.length : end) - from >= longestPart) {
        out.push(this.#part(text.slice(from, from + longestPart)));
        from += longestPart;
      } else if (end === -1) break;
      else if (this.#long !== null) {
        out.push(this.#lastPart(text.slice(from, end)));
        from = end + 1;
      } else {
        const to = wholeLinesEnd(text, from);
        out.push(this.#shown(text.slice(from, to - 1)));
        from = to;
      }
    }
    this.#unfinished = text.slice(from);
    return Buffer.from(out.join(""), "latin1");
  }

  /** The last line, when it has no end. */
  flush(): Buffer {
    const text = this.#unfinished;
    this.#unfinished = "";
    if (this.#long !== null) return Buffer.from(this.#lastPart(text), "latin1");
    return Buffer.from(text === "" ? "" : this.#shown(text), "latin1");
  }

  #part(text: string): string {
    const before = this.#long;
    this.#long = before ?? { masker: this.#newMasker(), time: stamp.exec(text)?.[0] ?? "" };
    return this.#shown((before?.time ?? "") + hidden(text, this.#long.masker));
  }

  #lastPart(text: string): string {
    const { masker, time } = this.#long as LongLine;
    this.#long = null;
    const rest = hidden(text, masker) + masker.flush().toString("latin1");
    return rest === "" ? "" : this.#shown(time + rest);
  }

  #shown(lines: string): string {
    return `${this.#prefix}${lines.replaceAll("\n", this.#between)}${reset}\n`;
  }
}

function hidden(text: string, masker: ByteFilter): string {
  return masker.push(Buffer.from(text, "latin1")).toString("latin1");
}

/** After the last of the whole lines that need not be shown in parts, of which there is one. */
function wholeLinesEnd(text: string, from: number): number {
  let to = from;
  for (let end = text.indexOf("\n", to); end !== -1 && end - to < longestPart; end = text.indexOf("\n", to))
    to = end + 1;
  return to;
}
