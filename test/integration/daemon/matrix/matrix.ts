import Table from "cli-table3";
import type { ScriptJob } from "../../../support/coordinator.ts";

/** What jobs want of Docker. */
export const columns = [
  "docker info",
  "build",
  "run -v, --mount",
  "Compose names, two jobs",
  "one name, two jobs",
  "non-root image",
] as const;

export type Column = (typeof columns)[number];

/** One way in which jobs get their Docker. */
export interface SetUp {
  readonly title: string;
  /** What every job of the set-up brings along. */
  readonly job?: Pick<ScriptJob, "services" | "variables">;
  /** Cells that can't hold by nature: why, and the rule whose hint a job gets that tries it all the same. */
  readonly limits?: Readonly<Partial<Record<Column, Limit>>>;
}

export interface Limit {
  readonly why: string;
  readonly hint: string;
}

/** What was found of one cell. */
export interface Cell {
  /** It does what the table says of it, be that a hint. */
  readonly holds: boolean;
  /** Logs of the jobs that were asked. */
  readonly seen: string;
}

export type Row = Readonly<Record<Column, Cell>>;

/** Containers of one daemon have one set of names. */
const names: Limit = { why: "all jobs share the daemon, so a name is everybody's", hint: "container-name-taken" };

/** Where jobs share a daemon, but not a Compose project. */
export const sharedDaemon = { "one name, two jobs": names } as const;

/** Where no Compose project is given to them either: the directory's name is that of each job of the project. */
export const sharedNames = { ...sharedDaemon, "Compose names, two jobs": names } as const;

/** Where the job's files are on another machine. */
export const elsewhere = {
  "run -v, --mount": { why: "the daemon's machine does not have the job's files", hint: "empty-bind-mount" },
} as const;

/** The matrix as it was found, for people. */
export function matrixTable(rows: readonly (readonly [SetUp, Row | null])[]): string {
  const table = new Table({ head: ["", ...columns], style: { head: [], border: [], compact: true } });
  for (const [setUp, row] of rows) {
    const text = (column: Column) => {
      if (row === null) return "NOT RUN";
      if (!row[column].holds) return "FAILED";
      const limit = setUp.limits?.[column];
      return limit === undefined ? "ok" : `hint: ${limit.hint}`;
    };
    table.push([setUp.title, ...columns.map(text)]);
  }
  return table.toString();
}
