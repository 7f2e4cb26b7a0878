import { judge } from "./figure.ts";
import type { BenchResult, RunnerFigure } from "./result.ts";

/** The figure of the same case, name and runner in another result. */
export function sameFigure(
  result: BenchResult,
  caseName: string,
  { name, runner }: RunnerFigure,
): RunnerFigure | undefined {
  const figures = result.cases.find((entry) => entry.name === caseName)?.figures ?? [];
  return figures.find((figure) => figure.name === name && figure.runner === runner);
}

/**
 * How a figure changed: `-12 %`, and `(floor +3 %)` beside it, since a machine that was slower as a whole shows
 * there. "" when there is nothing to compare it with.
 */
export function changeText(now: RunnerFigure, before: RunnerFigure | undefined): string {
  if (before === undefined || before.unit !== now.unit) return "";
  const [a, b] = [judge(before), judge(now)];
  const floor = a.floor === null || b.floor === null ? "" : ` (floor ${percent(a.floor, b.floor)})`;
  return `${percent(a.value, b.value)}${floor}`;
}

function percent(before: number, now: number): string {
  if (before === 0) return now === 0 ? "+0 %" : "new";
  const change = Math.round((now / before - 1) * 100);
  return `${change < 0 ? "" : "+"}${change} %`;
}
