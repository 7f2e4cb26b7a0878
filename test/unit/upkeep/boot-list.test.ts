import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readBoots, recordBoot } from "../../../src/upkeep/boot-list.ts";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
});

afterEach(() => rm(directory, { recursive: true, force: true }));

const boot = (number: number): string => number.toString(16).padStart(12, "0");

describe("the list of starts", () => {
  it("tells each start of those before it, and knows it from then on", async () => {
    expect([...(await recordBoot(directory, boot(1)))]).toEqual([]);
    expect([...(await recordBoot(directory, boot(2)))]).toEqual([boot(1)]);
    expect(await readBoots(directory)).toEqual([boot(1), boot(2)]);
    expect(await readdir(directory)).toEqual(["boots"]);
  });

  it("forgets the oldest when there are a thousand", async () => {
    await writeFile(join(directory, "boots"), Array.from({ length: 1500 }, (_, number) => boot(number)).join("\n"));
    const earlier = await recordBoot(directory, boot(9999));
    expect([earlier.size, earlier.has(boot(500)), earlier.has(boot(501))]).toEqual([999, false, true]);
    expect(await readBoots(directory)).toHaveLength(1000);
  });

  it("reads of a damaged list what makes sense", async () => {
    await writeFile(join(directory, "boots"), `${boot(1)}\n\0\0\0\n${boot(2)}\n00000000`);
    expect(await readBoots(directory)).toEqual([boot(1), boot(2)]);
  });
});
