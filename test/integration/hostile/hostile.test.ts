import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { archives } from "./archives.ts";
import { fights } from "./fights.ts";
import { type Field, startField } from "./field.ts";
import { images } from "./images.ts";
import { leftovers } from "./leftovers.ts";
import { liars } from "./liars.ts";
import { logs } from "./logs.ts";
import { paths } from "./paths.ts";
import { payloads } from "./payloads.ts";
import { hostileTable, type HostileRow } from "./row.ts";
import { terminal } from "./terminal.ts";
import { variables } from "./variables.ts";

const kinds = [payloads, paths, variables, images, leftovers, archives, logs, terminal, fights, liars];
const happened = new Map<HostileRow, string>();
let field: Field;

beforeAll(async () => {
  field = await startField();
});

afterAll(async () => {
  console.log(hostileTable(kinds, happened));
  await field[Symbol.asyncDispose]();
});

describe.concurrent("hostile input", () => {
  for (const { title, rows } of kinds) {
    describe(`${title}`, () => {
      for (const row of rows) {
        it(`${row.input}: ${row.holds}`, async () => {
          const what = await row.happens(field);
          happened.set(row, what);
          expect(what).not.toBe("");
        });
      }
    });
  }
});
