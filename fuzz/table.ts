import Table from "cli-table3";
import type { TargetResult } from "./run-target.ts";

/** One line for each target. Pure. */
export function resultTable(results: readonly TargetResult[]): string {
  const table = new Table({
    head: ["target", "inputs", "inputs/s", "slowest ms", "held MiB", "found"],
    style: { head: [], border: [], compact: true },
    colAligns: ["left", "right", "right", "right", "right", "left"],
  });
  for (const { name, inputs, seconds, slowestMs, heldMiB, finding } of results) {
    const figures = [String(inputs), (inputs / seconds).toFixed(0), slowestMs.toFixed(1), heldMiB.toFixed(0)];
    table.push([name, ...figures, finding === null ? "nothing" : (finding.error.split("\n")[0] ?? "").slice(0, 60)]);
  }
  return table.toString();
}
