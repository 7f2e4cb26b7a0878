import { ansi } from "../trace/ansi.ts";
import type { OutputTail } from "../trace/output-tail.ts";
import type { Trace, TraceSource } from "../trace/trace.ts";

/**
 * A job's log that somebody else keeps: what is written goes to standard output as it is. Masks, timestamps, limit and
 * sections are the calling runner's.
 */
export class OutputTrace implements Trace {
  readonly #write: (bytes: Uint8Array | string) => Promise<void>;
  readonly #tail: OutputTail | null;
  readonly #taken: Record<TraceSource, number> = { executor: 0, stdout: 0, stderr: 0, service: 0 };

  /** @param tail takes down what the script prints */
  constructor(write: (bytes: Uint8Array | string) => Promise<void>, tail: OutputTail | null = null) {
    this.#write = write;
    this.#tail = tail;
  }

  async write(source: TraceSource, bytes: Uint8Array): Promise<void> {
    this.#taken[source] += bytes.byteLength;
    if (source === "stdout" || source === "stderr") this.#tail?.push(bytes);
    if (bytes.byteLength > 0) await this.#write(bytes);
  }

  async flush(): Promise<void> {}

  line(text: string): Promise<void> {
    return this.#write(`${text}\n`);
  }

  info(text: string): Promise<void> {
    return this.#write(`${ansi.boldGreen}${text}${ansi.reset}\n`);
  }

  heading(text: string): Promise<void> {
    return this.#write(`${ansi.boldCyan}${text}${ansi.reset}\n`);
  }

  warning(text: string): Promise<void> {
    return this.#write(`${ansi.yellow}WARNING: ${text}${ansi.reset}\n`);
  }

  error(text: string): Promise<void> {
    return this.#write(`${ansi.boldRed}ERROR: ${text}${ansi.reset}\n`);
  }

  section<T>(_name: string, body: () => Promise<T>): Promise<T> {
    return body();
  }

  openSection<T>(_name: string, body: () => Promise<T>): Promise<T> {
    return body();
  }

  consumed(source: TraceSource): number {
    return this.#taken[source];
  }

  /** Nothing is ever held back. */
  replay(): void {}

  /** The runner has them from the job. */
  addMask(): void {}

  async learnSecret(): Promise<void> {}
}
