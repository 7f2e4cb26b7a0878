import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ListedObject } from "../../../src/docker/sweep.ts";
import { agentLabel, bootLabel, jobLabel } from "../../../src/job/labels.ts";
import { type ReaperFacts, selectLeftovers } from "../../../src/upkeep/leftovers.ts";

const minute = 60_000;
const now = Date.parse("2030-01-01T12:00:00Z");
const facts: ReaperFacts = {
  agentId: "us",
  boot: "own",
  earlierBoots: new Set(["dead", "older"]),
  journaled: new Set(["7"]),
  seen: new Set(["7", "8"]),
  startedAt: now - 60 * minute,
  now,
};

interface Made {
  readonly agent?: string;
  readonly boot?: string;
  readonly job?: string;
  readonly name?: string;
  readonly kind?: ListedObject["kind"];
  readonly minutesOld?: number;
  readonly isKept?: boolean;
}

function object({ agent, boot, job, name, kind = "container", minutesOld = 90, isKept = false }: Made): ListedObject {
  const labels = Object.entries({ [agentLabel]: agent, [bootLabel]: boot, [jobLabel]: job });
  return {
    kind,
    id: "x",
    name: name ?? "runner-abc-project-1-concurrent-0-0a-build",
    labels: Object.fromEntries(labels.flatMap(([key, value]) => (value === undefined ? [] : [[key, value]]))),
    createdAt: now - minutesOld * minute,
    isRunning: true,
    isKept,
  };
}

const goes = (made: Made, more: Partial<ReaperFacts> = {}): boolean =>
  selectLeftovers([object({ agent: "us", ...made })], { ...facts, ...more }).length === 1;

describe("selectLeftovers", () => {
  it.each<[what: string, made: Made, goes: boolean]>([
    ["of a job of an earlier start without a journal", { boot: "dead", job: "1" }, true],
    ["of an earlier start and no job", { boot: "dead" }, true],
    ["a network of an earlier start", { boot: "older", job: "1", kind: "network" }, true],
    ["a volume of a job of an earlier start", { boot: "older", job: "1", kind: "volume" }, true],
    ["of a job of this start that is long over", { boot: "own", job: "1" }, true],
    ["of a doctor that was killed", { boot: "doctor-12345678-0", minutesOld: 6 }, true],
    ["of a doctor that may still be at work", { boot: "doctor-12345678-0", minutesOld: 4 }, false],
    ["of a job that has a journal, though its start is over", { boot: "dead", job: "7" }, false],
    ["of a job that runs", { boot: "own", job: "7" }, false],
    ["of this start, and young", { boot: "own", job: "1", minutesOld: 9 }, false],
    ["of this start, and of nobody knows when", { boot: "own", job: "1", minutesOld: Number.NaN }, false],
    ["a volume that is kept for the next job", { boot: "dead", job: "1", kind: "volume", isKept: true }, false],
    ["of a start that this state directory doesn't know", { boot: "elsewhere", job: "1" }, false],
    ["of another agent", { agent: "them", boot: "dead", job: "1" }, false],
    ["a probe's of an earlier start", { boot: "dead", name: "longshore-disk-0a1b2c3d" }, true],
    ["a container of an image that was made of a job's", { boot: "dead", job: "1", name: "bold_curie" }, false],
    ["a network, whatever its name", { boot: "dead", job: "1", kind: "network", name: "bold_curie" }, true],
    ["without a start", { job: "1" }, false],
  ])("%s", (_, made, expected) => expect(goes(made)).toBe(expected));

  it("leaves a start alone that still makes things: it lives where the state directory was copied from", () => {
    const old = object({ agent: "us", boot: "dead", job: "1" });
    const young = object({ agent: "us", boot: "dead", job: "2", minutesOld: 1 });
    expect(selectLeftovers([old, young], facts)).toEqual([]);
    // What a dying agent asked for last may appear when the next one has started already.
    const last = object({ agent: "us", boot: "dead", job: "2", minutesOld: 55 });
    expect(selectLeftovers([old, last], facts)).toEqual([old, last]);
  });

  it("leaves what runs alone for a while after its own start: the agent that the state directory is of may live", () => {
    const running = object({ agent: "us", boot: "dead", job: "1" });
    const ended = { ...running, isRunning: false };
    const after = (minutes: number, objects: readonly ListedObject[]) =>
      selectLeftovers(objects, { ...facts, startedAt: now - minutes * minute });
    expect(after(9, [running, ended])).toEqual([]);
    expect(after(9, [ended])).toEqual([ended]);
    expect(after(11, [running, ended])).toEqual([running, ended]);
    const adopted = object({ agent: "us", boot: "dead", job: "8" });
    expect(after(9, [adopted])).toEqual([adopted]);
  });

  it("takes what it made itself for a job that it adopted as no sign of that start's life", () => {
    expect(goes({ boot: "dead", job: "8", minutesOld: 1 })).toBe(true);
  });

  it("never selects what is unlabelled, of others, of an unknown start, of a journaled job, or kept", () => {
    const some = (values: readonly string[]) => fc.option(fc.constantFrom(...values), { nil: undefined });
    const made = fc.record({
      agent: some(["us", "them", ""]),
      boot: some(["own", "dead", "older", "elsewhere", "doctor-1", ""]),
      job: some(["1", "7", "8", ""]),
      kind: fc.constantFrom("container" as const, "network" as const, "volume" as const),
      minutesOld: fc.oneof(fc.integer({ min: -100, max: 200 }), fc.constant(Number.NaN)),
      isKept: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(made, { maxLength: 12 }), (all) => {
        // A record with a key that is undefined is one without the key, which the type doesn't say.
        const objects = all.map((each) => object(each as Made));
        for (const { labels, isKept } of selectLeftovers(objects, facts)) {
          expect(labels[agentLabel]).toBe("us");
          expect(labels[bootLabel]).toMatch(/^(?:own|dead|older|doctor-1)$/);
          expect(labels[jobLabel]).not.toBe("7");
          expect(isKept).toBe(false);
        }
      }),
    );
  });
});
