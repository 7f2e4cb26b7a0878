import type { SpanAttributes, SpanData } from "./span.ts";

/** One span that is under way. */
export class Span {
  readonly #identity: Pick<SpanData, "id" | "parent" | "place" | "name" | "startMs">;
  readonly #now: () => number;
  readonly #startPart: (name: string, attributes: SpanAttributes) => Span;
  #attributes: SpanAttributes;
  #isBad = false;
  #ended: Pick<SpanData, "endMs" | "outcome"> | null = null;

  constructor(
    identity: Pick<SpanData, "id" | "parent" | "place" | "name" | "startMs">,
    attributes: SpanAttributes,
    now: () => number,
    startPart: (name: string, attributes: SpanAttributes) => Span,
  ) {
    this.#identity = identity;
    this.#attributes = attributes;
    this.#now = now;
    this.#startPart = startPart;
  }

  get id(): number {
    return this.#identity.id;
  }

  /** Begins a part of this span; it may outlive it. */
  start(name: string, attributes: SpanAttributes = {}): Span {
    return this.#startPart(name, attributes);
  }

  /** Runs `body` in a part of this span that ends with it, and fails with it. */
  run<T>(name: string, attributes: SpanAttributes, body: (span: Span) => Promise<T>): Promise<T> {
    return this.start(name, attributes).around(body);
  }

  set(attributes: SpanAttributes): void {
    this.#attributes = { ...this.#attributes, ...attributes };
  }

  /** A later end counts: a service has ended its start, and ends again when it is ready. */
  end(outcome: SpanData["outcome"] = "ok", endMs: number = this.#now()): void {
    this.#ended = { endMs, outcome };
  }

  /** Ends with `body`. Of an error only its class is kept: its message may hold anything. */
  async around<T>(body: (span: Span) => Promise<T>): Promise<T> {
    try {
      const result = await body(this);
      this.end(this.#isBad ? "error" : "ok");
      return result;
    } catch (error) {
      this.set({ error: error instanceof Error ? error.name : typeof error });
      this.end("error");
      throw error;
    }
  }

  /** The body went through, but what it did went wrong: ends as an error. */
  spoil(): void {
    this.#isBad = true;
  }

  /** As it is at `nowMs`; what has not ended by then counts as an error. */
  data(nowMs: number): SpanData {
    const { startMs } = this.#identity;
    if (this.#ended !== null) return { ...this.#identity, ...this.#ended, attributes: this.#attributes };
    const attributes = { ...this.#attributes, unfinished: true };
    return { ...this.#identity, endMs: Math.max(nowMs, startMs), outcome: "error", attributes };
  }
}
