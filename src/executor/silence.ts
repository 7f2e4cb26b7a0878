/** Aborts when nothing has come for a while since something did; before that it waits as long as it takes. */
export class Silence {
  readonly #ms: number;
  readonly #over = new AbortController();
  #timer: NodeJS.Timeout | null = null;

  constructor(ms: number) {
    this.#ms = ms;
  }

  get signal(): AbortSignal {
    return this.#over.signal;
  }

  restart(): void {
    this.end();
    this.#timer = setTimeout(() => this.#over.abort(new Error("silence")), this.#ms);
  }

  end(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}
