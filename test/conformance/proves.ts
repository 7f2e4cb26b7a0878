import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { scriptJob, startTestCoordinator, type TestCoordinator } from "../support/coordinator.ts";
import { connectEngine, hostAddress } from "../support/engine.ts";
import type { EndedJob } from "../support/job-runs.ts";
import type { Case, CaseConfig, Feature, Observed } from "./case.ts";
import { isOther, labelsOf, reasonOf, type RunnerUnderTest, startRunner } from "./runner-under-test.ts";
import { createWorld, type World } from "./world.ts";

/** Makes a test of each of a feature's cases, on one agent with an entry for each of their settings. */
export function proves(feature: Feature): void {
  const asked = feature.cases.filter(({ differs }) => !isOther || differs === undefined);
  const entries = [...new Map(asked.map(({ config = {} }) => [entryOf(config), config])).entries()];
  const tagOf = ({ config = {} }: Case) => `entry-${entries.findIndex(([entry]) => entry === entryOf(config))}`;
  const engine = connectEngine();
  let coordinator: TestCoordinator;
  let runner: RunnerUnderTest | null = null;
  let shared: AsyncDisposable | null = null;
  const world = (tag: string): World => {
    if (runner === null) throw new Error("the runner is started before the first case");
    const token = coordinator.runners().find(({ description }) => description === tag)?.token ?? "";
    return createWorld(runner, { coordinator, engine, tag, labelsOf: labelsOf(token) });
  };

  beforeAll(async () => {
    coordinator = await startTestCoordinator({ listen: [`${await hostAddress(engine)}:0`] });
    shared = (await feature.prepare?.({ coordinator, engine })) ?? null;
    const runners = entries.map(([, settings], index) => ({ ...settings, tag: `entry-${index}` }));
    runner = await startRunner(coordinator, runners);
  });
  afterAll(async () => {
    await runner?.[Symbol.asyncDispose]();
    await shared?.[Symbol.asyncDispose]();
    await coordinator[Symbol.asyncDispose]();
  });

  describe.concurrent(`${feature.title}`, () => {
    for (const each of feature.cases) {
      it.skipIf(isOther && each.differs !== undefined)(`${each.title}`, async () => {
        const place = world(tagOf(each));
        if ("prove" in each) return each.prove(place);
        const { job } = each;
        const parts = typeof job === "function" ? (token: string) => job(place, token) : () => scriptJob(job);
        holds(await place.ended(await place.start(parts)), each.observed);
      });
    }
  });
}

function entryOf(config: CaseConfig): string {
  return JSON.stringify(Object.entries(config).toSorted(([a], [b]) => a.localeCompare(b)));
}

/** @throws an assertion that shows the log */
function holds({ job, log }: EndedJob, observed: Observed): void {
  const { state = "success", exitCode, failureReason, artifacts } = observed;
  const wanted = Object.entries({ state, exitCode, failureReason, artifacts }).filter(
    ([, value]) => value !== undefined,
  );
  const uploaded = job.artifacts.map(({ type, filename }) => `${type} ${filename}`).toSorted();
  const reason = failureReason === undefined ? "" : reasonOf(job, failureReason);
  const all = { state: job.state, exitCode: job.exitCode, failureReason: reason, artifacts: uploaded };
  const seen = wanted.map(([key]) => [key, all[key as keyof typeof all]]);
  // The log says why it is otherwise.
  expect([seen, isDeepStrictEqual(seen, wanted) ? "" : log]).toEqual([wanted, ""]);
  for (const each of observed.log ?? []) {
    if (typeof each === "string") expect(log).toContain(each);
    else expect(log).toMatch(each);
  }
  for (const each of observed.absent ?? []) {
    if (typeof each === "string") expect(log).not.toContain(each);
    else expect(log).not.toMatch(each);
  }
}
