import Table from "cli-table3";
import { safeText } from "./exec-render.ts";

/** One job's line of the closing table. */
export interface JobRow {
  readonly stage: string;
  readonly name: string;
  readonly state: string;
  /** Milliseconds; null for a job that never ran. */
  readonly durationMs: number | null;
  /** Failure reason, attempts, "allowed to fail". */
  readonly note: string;
}

const styles: Readonly<Record<string, string>> = {
  success: "green",
  failed: "red",
  canceled: "yellow",
  manual: "cyan",
  skipped: "gray",
};

const plainBorder = { "left-mid": "", mid: "", "mid-mid": "", "right-mid": "" };

/** The jobs of a pipeline, their states and times. */
export function jobTable(rows: readonly JobRow[], colours: boolean): string {
  const table = new Table({
    head: ["Stage", "Job", "State", "Time", ""],
    chars: plainBorder,
    style: colours ? { head: ["bold"], border: ["gray"] } : { head: [], border: [] },
  });
  for (const row of rows) {
    table.push([
      safeText(row.stage, false),
      safeText(row.name, false),
      colours ? paint(row.state) : row.state,
      row.durationMs === null ? "" : formatDuration(row.durationMs),
      safeText(row.note, false),
    ]);
  }
  return table.toString();
}

const codes: Readonly<Record<string, string>> = { green: "32", red: "31", yellow: "33", cyan: "36", gray: "90" };

function paint(state: string): string {
  const code = codes[styles[state] ?? ""];
  return code === undefined ? state : `\x1b[${code}m${state}\x1b[0m`;
}

/** `0.4 s`, `12.0 s`, `2 min 05 s`, `1 h 02 min`. */
export function formatDuration(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const two = (value: number) => String(value).padStart(2, "0");
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}
