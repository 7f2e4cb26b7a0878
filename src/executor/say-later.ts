import type { Trace } from "../trace/trace.ts";

/** A warning from where nothing can be awaited. A log that can't be written is reported by the stage that writes next. */
export function sayLater(trace: Trace, text: string): void {
  trace.warning(text).catch(() => {});
}
