import "../../support/paper-world.ts";
import { afterAll, describe, expect, it } from "vitest";
import { scenes } from "./fault-scenes.ts";
import { faultMs, row, sitOut, tableHead } from "./sit-out.ts";

const table: string[] = [];

describe("a coordinator's fault", () => {
  it.each(scenes)("$name: polling resumes within 30 s, every byte and result arrives once", async (scene) => {
    const { polledMs, calls, ends, areWhole, journals, log, ...times } = await sitOut(scene);
    table.push(row(scene.name, { polledMs, calls, ends, areWhole, journals, log, ...times }));
    expect(polledMs).toBeLessThanOrEqual(30_000);
    expect(ends).toEqual([["failed", 3], ["success", 0]]); // prettier-ignore
    expect(areWhole).toEqual([true, true]);
    expect(journals).toEqual([]);
    expect(log).not.toMatch(/unhealthy|fault of the agent/);
    // Three callers, each five times at first and then four times a minute, in up to five attempts; or one a second.
    expect(calls).toBeLessThan(3 * 5 * (5 + (faultMs / 60_000) * 5));
  });

  afterAll(() => console.log([tableHead, ...table].join("\n")));
});
