import { expect, it } from "vitest";
import { resumptionOf } from "../../../src/executor/resumption.ts";
import type { JobRecord } from "../../../src/journal/job-record.ts";
import { foldEvents } from "../../../src/journal/job-record.ts";
import type { JournalEvent } from "../../../src/journal/events.ts";

const plan = {
  steps: [
    { stage: "step_script", lines: [] },
    { stage: "step_release", lines: [] },
  ],
};
const record = (events: readonly JournalEvent[], more: object = {}) =>
  ({ opened: { version: 2 }, plan, ...foldEvents(events), ...more }) as unknown as JobRecord;
const started = (name: string): JournalEvent => ({ type: "stageStarted", name, at: 1 });
const resumed = (anew = false): JournalEvent => ({ type: "resumed", boot: "b", at: 1, anew });

it.each([
  [
    "deliver",
    "whose end is on record",
    record([{ type: "outcome", update: { state: "success", failureReason: "", exitCode: 0 } }]),
  ],
  ["deliver", "that the coordinator knows to be over", record([{ type: "finalAcknowledged" }])],
  ["begin-anew", "that was only accepted", record([], { plan: null })],
  ["begin-anew", "in the middle of its sources", record([started("prepare_executor"), started("get_sources")])],
  ["adopt", "whose script has begun", record([started("get_sources"), started("step_script")])],
  ["give-up", "whose script has begun and whose plan is lost", record([started("step_script")], { plan: null })],
  ["adopt", "in a later step", record([started("step_release")])],
  ["adopt", "in after_script", record([started("after_script")])],
  ["begin-anew", "that began anew and has not come to its script", record([started("step_script"), resumed(true)])],
  [
    "give-up",
    "at which the agent died again and again",
    record([started("get_sources"), ...Array.from({ length: 100 }, () => resumed())]),
  ],
  [
    "adopt",
    "that went on a little every time",
    record(
      Array.from({ length: 100 }, () => [
        started("step_script"),
        { type: "stageEnded", name: "step_script", exitCode: 0 } as const,
        resumed(),
      ]).flat(),
    ),
  ],
  [
    "give-up",
    "of an agent that did not write down when a script began",
    record([started("step_script")], { opened: { version: 1 } }),
  ],
])("%s: a job %s", (resumption, _, of) => {
  expect(resumptionOf(of)).toBe(resumption);
});
