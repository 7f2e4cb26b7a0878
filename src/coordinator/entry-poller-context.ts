import type { Clock } from "../support/clock.ts";
import type { JobRequestAnswer } from "./job-request.ts";
import type { Turn } from "./pace.ts";
import type { HandedOutJob, PollEntry, PollerObserver } from "./poll-entry.ts";
import type { SlotLease, Slots } from "./slots.ts";

/** What an entry's poller gets from the agent's. */
export interface EntryPollerContext<E extends PollEntry> {
  readonly clock: Clock;
  readonly random: () => number;
  readonly slots: Slots;
  readonly observer: PollerObserver<E>;
  readonly checkIntervalMs: () => number;
  /** null for an entry that is alone. */
  readonly turn: (key: string) => Turn | null;
  readonly running: (key: string) => number;
  /** Whether there are slots enough for a request that may take long. */
  readonly mayHold: () => boolean;
  requestJob(entry: E, longPoll: boolean, signal: AbortSignal): Promise<JobRequestAnswer>;
  /** Takes the lease over. */
  run(entry: E, job: HandedOutJob, lease: SlotLease): void;
}
