import { findingsOf } from "../../../support/findings.ts";
import { type Cell, type Column, columns, type Row, type SetUp } from "./matrix.ts";
import type { Ended, Field } from "./field.ts";
import { holdsOn, limitedJob, shows, workingJob } from "./scripts.ts";

/** More of the log than that is no hint. */
const mostLines = 6;

/**
 * Two jobs at once that do what can be done, one of them in an image whose user is not root, and beside them one more
 * for each thing that can't be done.
 */
export async function runRow(setUp: SetUp, field: Field, unique: string): Promise<Row> {
  const asNonRoot = workingJob(setUp, unique, field.nonRoot);
  const second = { ...asNonRoot, variables: { ...asNonRoot.variables, FIRST: "no" } };
  const pair = await Promise.all([field.start(workingJob(setUp, unique)), field.start(second)]);
  await Promise.all(pair.map((job) => field.showsOrEnds(job, holdsOn)));
  const limits = columns.filter((column) => setUp.limits?.[column] !== undefined);
  const tries = await Promise.all(
    limits.map(async (column) => field.ended(await field.start(limitedJob(setUp, unique, column)))),
  );
  await Promise.all(pair.map((job) => field.release(job)));
  const ended = await Promise.all(pair.map((job) => field.ended(job)));

  const cell = (column: Column): Cell => {
    const limit = setUp.limits?.[column];
    if (limit !== undefined) return hinted(tries[limits.indexOf(column)], limit.hint);
    if (column.endsWith("two jobs")) return done(ended, column);
    return done(column === "non-root image" ? ended.slice(1) : ended.slice(0, 1), column);
  };
  return Object.fromEntries(columns.map((column) => [column, cell(column)])) as Record<Column, Cell>;
}

function done(ended: readonly Ended[], column: Column): Cell {
  const holds = ended.every(({ job, log }) => job.state === "success" && shows(log, column));
  return { holds, seen: ended.map(({ log }) => log).join("\n") };
}

function hinted(ended: Ended | undefined, hint: string): Cell {
  const log = ended?.log ?? "";
  const lines = /^Why it failed: .*\n(?: {2}.*\n)*/m.exec(log)?.[0].trimEnd().split("\n") ?? [];
  const holds = ended?.job.state === "failed" && findingsOf(log)[0] === hint && lines.length <= mostLines;
  return { holds, seen: log };
}
