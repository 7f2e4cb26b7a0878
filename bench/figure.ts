import { median } from "./statistics.ts";

export type Unit = "ms" | "s" | "CPU s" | "MiB/s" | "MiB" | "jobs/min" | "%" | "per s" | "files" | "jobs";

/** `limit`: in the figure's unit. `floor-multiple`: at most so many times the floor. `speed-up`: at least so many times as fast as the floor. */
export type Target =
  | { readonly kind: "limit"; readonly value: number }
  | { readonly kind: "floor-multiple"; readonly value: number }
  | { readonly kind: "speed-up"; readonly value: number };

/** One quantity that was measured of one runner, with every sample. */
export interface Figure {
  readonly name: string;
  readonly unit: Unit;
  readonly better: "lower" | "higher";
  /** Which of the samples speaks for them; default the median. "worst" is the highest or the lowest, see `better`. */
  readonly of?: "median" | "worst";
  readonly samples: readonly number[];
  /** The same quantity of the bare tool, measured in the same run. */
  readonly floor?: { readonly name: string; readonly samples: readonly number[] };
  readonly target?: Target;
}

export interface Verdict {
  readonly value: number;
  readonly low: number;
  readonly high: number;
  readonly floor: number | null;
  /** The value as a multiple of the floor. */
  readonly ratio: number | null;
  /** null without a target. */
  readonly met: boolean | null;
}

/** What the samples come to. Pure. */
export function judge(figure: Figure): Verdict {
  const value = speakingFor(figure, figure.samples);
  const floor = figure.floor === undefined ? null : speakingFor(figure, figure.floor.samples);
  const ratio = floor === null ? null : value / floor;
  return {
    value,
    low: Math.min(...figure.samples),
    high: Math.max(...figure.samples),
    floor,
    ratio,
    met: isMet(figure, value, ratio),
  };
}

function speakingFor({ of, better }: Figure, samples: readonly number[]): number {
  // No sample is no success: the greatest of none would be below every limit.
  if (samples.length === 0) return Number.NaN;
  if (of !== "worst") return median(samples);
  return better === "lower" ? Math.max(...samples) : Math.min(...samples);
}

function isMet({ target, better }: Figure, value: number, ratio: number | null): boolean | null {
  if (target === undefined) return null;
  switch (target.kind) {
    case "limit":
      return better === "lower" ? value <= target.value : value >= target.value;
    case "floor-multiple":
      return ratio !== null && ratio <= target.value;
    case "speed-up":
      return ratio !== null && ratio <= 1 / target.value;
  }
}

/** As in the table: `<= 1.5 x floor`, `>= 110 jobs/min`. */
export function targetText({ target, better, unit }: Figure): string {
  if (target === undefined) return "";
  switch (target.kind) {
    case "limit":
      return `${better === "lower" ? "<=" : ">="} ${target.value} ${unit}`;
    case "floor-multiple":
      return `<= ${target.value} x floor`;
    case "speed-up":
      return `>= ${target.value} x faster`;
  }
}
