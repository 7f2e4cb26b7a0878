import type { EndCause } from "../job/end-cause.ts";

/** The reason of an aborted job or script signal. */
export class JobEnd extends Error {
  readonly kind: EndCause;
  /** What to change; "" when the message says it all. */
  readonly hint: string;

  constructor(kind: EndCause, message: string, hint = "") {
    super(message);
    this.name = "JobEnd";
    this.kind = kind;
    this.hint = hint;
  }
}

/** Whether this is why a signal of the job's has aborted. */
export function hasEndedAs(signal: AbortSignal, kind: EndCause): boolean {
  return signal.aborted && signal.reason instanceof JobEnd && signal.reason.kind === kind;
}

/**
 * The two signals of a job. `job` ends everything; `script` ends the author's scripts only, and ends with `job`. Of
 * each the first cause wins; an abort after a cancelled script still ends the job.
 */
export class JobControl {
  readonly #job = new AbortController();
  readonly #script = new AbortController();
  #inScripts = false;

  get job(): AbortSignal {
    return this.#job.signal;
  }

  get script(): AbortSignal {
    return this.#script.signal;
  }

  /** From here on a cancel ends the script, not the job (protocol section 7.2). */
  enterScripts(): void {
    this.#inScripts = true;
  }

  cancel(): void {
    const end = new JobEnd("canceled", "canceled");
    if (this.#inScripts) this.#script.abort(end);
    else this.abort(end);
  }

  abort(end: JobEnd): void {
    this.#job.abort(end);
    this.#script.abort(end);
  }
}
