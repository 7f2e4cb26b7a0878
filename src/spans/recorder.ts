import { Span } from "./open-span.ts";
import type { SpanAttributes, SpanData, SpanPlace } from "./span.ts";

/** A job that tries again and again must not collect spans without end; a full set of stages has a few dozen. */
const mostSpans = 1_000;

/**
 * Records what one job spends its time on. The phases follow one another without overlap, from the moment the job
 * was received until `finish`; everything else is a part of one of them, beside them, or outside.
 */
export class SpanRecorder {
  readonly #now: () => number;
  readonly #spans: Span[] = [];
  #phase: Span | null;
  /** Whether the phase ends with a body of its own, and not when the next one begins. */
  #isBound = false;
  #durationMs: number | null = null;

  /**
   * @param monotonic milliseconds, of the same source as the two times
   * @param firstPhase lasts from the job's receipt until the next one begins
   */
  constructor(
    monotonic: () => number,
    { askedAt, receivedAt }: { readonly askedAt: number; readonly receivedAt: number },
    firstPhase: string,
  ) {
    this.#now = () => monotonic() - receivedAt;
    this.#make("ask", "outside", null, {}, askedAt - receivedAt).end("ok", 0);
    this.#phase = this.#make(firstPhase, "phase", null, {}, 0);
  }

  /** Milliseconds from the job's receipt to `finish`, or to now. */
  get durationMs(): number {
    return this.#durationMs ?? this.#now();
  }

  /** Begins a phase that lasts until the next one. */
  enter(name: string): Span {
    this.#leave();
    this.#phase = this.#make(name, "phase", null, {});
    return this.#phase;
  }

  /** Runs `body` as a phase; within another body's phase, as a part of that. */
  async phase<T>(name: string, body: (span: Span) => Promise<T>): Promise<T> {
    if (this.#isBound && this.#phase !== null) return this.#phase.run(name, {}, body);
    const phase = this.enter(name);
    this.#isBound = true;
    try {
      return await phase.around(body);
    } finally {
      this.#isBound = false;
      this.#phase = null;
    }
  }

  /** Runs `body` as a part of the phase that is on. */
  run<T>(name: string, attributes: SpanAttributes, body: (span: Span) => Promise<T>): Promise<T> {
    return this.#phase === null ? this.beside(name, body) : this.#phase.run(name, attributes, body);
  }

  /** Runs `body` next to the phases. */
  beside<T>(name: string, body: (span: Span) => Promise<T>): Promise<T> {
    return this.#make(name, "beside", null, {}).around(body);
  }

  /** Runs what is done once the job is over. */
  after<T>(name: string, body: (span: Span) => Promise<T>): Promise<T> {
    return this.#make(name, "outside", null, {}).around(body);
  }

  /** The job's final state is acknowledged, or will not be. */
  finish(): void {
    this.#leave();
    this.#durationMs ??= this.#now();
  }

  list(): SpanData[] {
    const now = this.durationMs;
    return this.#spans.map((span) => span.data(now));
  }

  #leave(): void {
    this.#phase?.end();
    this.#phase = null;
  }

  #make(
    name: string,
    place: SpanPlace,
    parent: number | null,
    attributes: SpanAttributes,
    startMs: number = this.#now(),
  ): Span {
    const span = new Span({ id: this.#spans.length, parent, place, name, startMs }, attributes, this.#now, (...part) =>
      this.#make(part[0], "inner", span.id, part[1]),
    );
    if (this.#spans.length < mostSpans) this.#spans.push(span);
    return span;
  }
}
