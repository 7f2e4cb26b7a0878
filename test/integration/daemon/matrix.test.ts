import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Deployment, inContainer, longLivedDind } from "./matrix/deployments.ts";
import type { Field } from "./matrix/field.ts";
import { type Fields, startInProcess } from "./matrix/in-process.ts";
import { type Column, columns, matrixTable, type Row, type SetUp } from "./matrix/matrix.ts";
import { runRow } from "./matrix/run-row.ts";
import { label } from "./matrix/scripts.ts";
import { classic, deployments, wirings } from "./matrix/set-ups.ts";

/** The agent's image may have to be built first. */
const startLimitMs = 300_000;
const found = new Map<SetUp, Row>();

afterAll(() => {
  const setUps: SetUp[] = [wirings, classic, deployments].flatMap((group) => Object.values<SetUp>(group));
  console.log(matrixTable(setUps.map((setUp) => [setUp, found.get(setUp) ?? null])));
});

function started<T>(part: T | undefined): T {
  if (part === undefined) throw new Error("it is started before the first test");
  return part;
}

/** Runs a row's jobs, and makes every cell a test. */
function row(setUp: SetUp, field: () => Field): void {
  describe(`${setUp.title}`, () => {
    let cells: Row;
    let left: readonly string[];

    beforeAll(async () => {
      const unique = `longshore-test-${randomBytes(4).toString("hex")}`;
      try {
        cells = await runRow(setUp, field(), unique);
        found.set(setUp, cells);
      } finally {
        left = await field().leftWith(`${label}=${unique}`);
      }
    });

    const holds = (column: Column) => {
      // A comparison would show no more than the beginning of the log.
      if (!cells[column].holds) throw new Error(cells[column].seen);
      expect(cells[column].holds).toBe(true);
    };
    for (const column of columns) {
      const limit = setUp.limits?.[column];
      if (limit === undefined) it(`${column}: works`, () => holds(column));
      else it(`${column}: can't, since ${limit.why}; the log's hint is ${limit.hint}`, () => holds(column));
    }

    it("has nothing left of what its jobs started", () => {
      expect(left).toEqual([]);
    });
  });
}

describe("an agent's jobs get their Docker:", () => {
  let fields: Fields | undefined;

  beforeAll(async () => {
    fields = await startInProcess();
  }, startLimitMs);

  afterAll(() => fields?.[Symbol.asyncDispose]());

  for (const [tag, setUp] of Object.entries({ ...wirings, ...classic }))
    row(setUp, () => started(fields).of[tag as keyof Fields["of"]]);
});

for (const [start, setUp] of [
  [longLivedDind, deployments["long-lived-dind"]],
  [inContainer, deployments["in-container"]],
] as const) {
  describe("an agent in a container gets its jobs their Docker:", () => {
    let deployment: Deployment | undefined;

    beforeAll(async () => {
      deployment = await start();
    }, startLimitMs);

    afterAll(() => deployment?.[Symbol.asyncDispose]());

    row(setUp, () => started(deployment).field);
  });
}
