/** What service containers print is shown in GitLab Runner's way: grey, behind the service's names. */
const grey = "\u001B[0;37m";
const reset = "\u001B[0;m";
/** A line without end is shown in parts. */
const longestLine = 16 * 1024;

/** One stream of a service: from bytes in any cut to whole lines as the log shows them. */
export class ServiceLogLines {
  readonly #between: string;
  readonly #prefix: string;
  #unfinished = "";

  /** @param names of the service on the job's network */
  constructor(names: readonly string[]) {
    // Latin-1 keeps every byte as it is, in strings that are quick to split.
    this.#prefix = Buffer.from(`${grey}[service:${names.join("-")}] `).toString("latin1");
    this.#between = `${reset}\n${this.#prefix}`;
  }

  /** How many bytes wait for the rest of their line. */
  get waiting(): number {
    return this.#unfinished.length;
  }

  push(bytes: Buffer): Buffer {
    const text = this.#unfinished + bytes.toString("latin1");
    const end = text.length - (text.lastIndexOf("\n") + 1) > longestLine ? text.length : text.lastIndexOf("\n") + 1;
    this.#unfinished = text.slice(end);
    return this.#shown(text.slice(0, end));
  }

  /** The last line, when it has no end. */
  flush(): Buffer {
    const text = this.#unfinished;
    this.#unfinished = "";
    return this.#shown(text);
  }

  #shown(text: string): Buffer {
    if (text === "") return Buffer.alloc(0);
    const lines = text.endsWith("\n") ? text.slice(0, -1) : text;
    return Buffer.from(`${this.#prefix}${lines.replaceAll("\n", this.#between)}${reset}\n`, "latin1");
  }
}
