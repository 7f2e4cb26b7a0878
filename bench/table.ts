import Table from "cli-table3";
import { changeText, sameFigure } from "./compare.ts";
import { judge, targetText, type Unit } from "./figure.ts";
import type { BenchResult, CaseResult, RunnerFigure } from "./result.ts";

/** All figures, one line each; with `earlier`, how each has changed since. Pure. */
export function resultTable(result: BenchResult, earlier: BenchResult | null): string {
  const head = ["case", "figure", "runner", "median", "min..max", "n", "floor", "x floor", "target", "met"];
  const table = new Table({
    head: earlier === null ? head : [...head, `since ${earlier.date.slice(0, 16)}`],
    style: { head: [], border: [], compact: true },
    colAligns: ["left", "left", "left", "right", "right", "right", "right", "right", "left", "left", "left"],
  });
  for (const entry of result.cases) {
    for (const figure of entry.figures) table.push(line(entry, figure, earlier));
    if (entry.failure !== null) {
      table.push([entry.name, { colSpan: earlier === null ? 9 : 10, content: `NOT MEASURED: ${entry.failure}` }]);
    }
  }
  return table.toString();
}

function line(entry: CaseResult, figure: RunnerFigure, earlier: BenchResult | null): string[] {
  const { value, low, high, floor, ratio, met } = judge(figure);
  const cells = [
    entry.name,
    figure.of === "worst" ? `${figure.name} (worst)` : figure.name,
    figure.runner,
    `${number(value)} ${figure.unit}`,
    figure.samples.length > 1 ? `${number(low)}..${number(high)}` : "",
    String(figure.samples.length),
    floor === null ? "" : `${number(floor)} ${figure.unit}`,
    ratio === null ? "" : ratio.toFixed(2),
    targetText(figure),
    met === null ? "" : met ? "yes" : "NO",
  ];
  return earlier === null ? cells : [...cells, changeText(figure, sameFigure(earlier, entry.name, figure))];
}

/** Targets that are not met, one line each, and cases that could not be measured. Only of `runner`: others owe us nothing. */
export function shortfalls(result: BenchResult, runner: string): string[] {
  return result.cases.flatMap((entry) => [
    ...entry.figures
      .filter((figure) => figure.runner === runner && judge(figure).met === false)
      .map((figure) => `${entry.name}: ${figure.name} is ${inUnit(figure)}, wanted ${targetText(figure)}`),
    ...(entry.failure === null ? [] : [`${entry.name}: not measured: ${entry.failure}`]),
  ]);
}

/** What each floor is, for the lines below the table. */
export function floorNames(result: BenchResult): string[] {
  const names = result.cases.flatMap((entry) =>
    entry.figures.flatMap((figure) => (figure.floor === undefined ? [] : [`${entry.name}: ${figure.floor.name}`])),
  );
  return [...new Set(names)];
}

function inUnit(figure: RunnerFigure): string {
  const { value, ratio } = judge(figure);
  const unit: Unit = figure.unit;
  return `${number(value)} ${unit}${ratio === null ? "" : ` (${ratio.toFixed(2)} x floor)`}`;
}

function number(value: number): string {
  const digits = Math.abs(value) >= 100 ? 0 : Math.abs(value) >= 10 ? 1 : 2;
  return value.toFixed(digits);
}
