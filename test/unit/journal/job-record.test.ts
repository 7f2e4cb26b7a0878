import { expect, test } from "vitest";
import type { JournalEvent } from "../../../src/journal/events.ts";
import { foldEvents } from "../../../src/journal/job-record.ts";

test("an event that this version doesn't know takes nothing away from what the others say", () => {
  const known: readonly JournalEvent[] = [
    { type: "volumeCreated", name: "v" },
    { type: "acknowledged", offset: 3 },
  ];
  const unknown = { type: "fromAnotherVersion" } as unknown as JournalEvent;
  expect(foldEvents([known[0] as JournalEvent, unknown, known[1] as JournalEvent])).toEqual(foldEvents(known));
});
