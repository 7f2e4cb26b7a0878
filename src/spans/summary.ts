import type { SpanData } from "./span.ts";

export interface SpanSummary {
  /** Phases of one name together, in the order of their first appearance. */
  readonly phases: readonly { readonly name: string; readonly ms: number }[];
  /** Of all phases. */
  readonly sumMs: number;
  /** Images that were pulled; what was there already is not among them. */
  readonly pulls: readonly { readonly image: string; readonly ms: number }[];
}

/** The arithmetic of one job's spans. */
export function summarize(spans: readonly SpanData[]): SpanSummary {
  const phases = new Map<string, number>();
  for (const span of spans) {
    if (span.place === "phase") phases.set(span.name, (phases.get(span.name) ?? 0) + lengthOf(span));
  }
  const pulls = spans
    .filter((span) => span.name === "pull" && span.attributes["pulled"] === true)
    .map((span) => ({ image: String(span.attributes["image"]), ms: lengthOf(span) }));
  return {
    phases: [...phases].map(([name, ms]) => ({ name, ms })),
    sumMs: [...phases.values()].reduce((sum, ms) => sum + ms, 0),
    pulls,
  };
}

export function lengthOf({ startMs, endMs }: SpanData): number {
  return endMs - startMs;
}

/** One line for a log: `812 of 815 ms: receive 3, prepare_executor 410, ...`. */
export function summaryLine(spans: readonly SpanData[], durationMs: number): string {
  const { phases, sumMs } = summarize(spans);
  const parts = phases.map(({ name, ms }) => `${name} ${Math.round(ms)}`);
  return `${Math.round(sumMs)} of ${Math.round(durationMs)} ms: ${parts.join(", ")}`;
}
