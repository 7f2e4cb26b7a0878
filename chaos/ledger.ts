import type { JobHandle } from "../src/coordinator/embedded/job-record.ts";
import type { EmbeddedCoordinator } from "../src/coordinator/embedded/server.ts";
import type { ChaosJob } from "./chaos-job.ts";

interface Counts {
  /** How often it was handed out, and how often a final state of it was accepted. */
  assigned: number;
  finals: number;
  /** `performance.now()` of its hand-out. */
  assignedAt: number;
}

/** What the coordinator saw of a job. */
export interface LedgerEntry {
  readonly chaos: ChaosJob;
  readonly handle: JobHandle;
  readonly counts: Readonly<Counts>;
}

/** Every job of a run. */
export class Ledger {
  readonly #entries = new Map<number, LedgerEntry>();
  /** A job may be handed out before whoever added it knows its number. */
  readonly #counts = new Map<number, Counts>();
  /** How often the coordinator threw a log away since it was not what the agent said it was. */
  traceResets = 0;

  constructor({ events }: Pick<EmbeddedCoordinator, "events">) {
    events.on("job-assigned", ({ jobId }) => {
      const counts = this.#countsOf(jobId);
      counts.assigned++;
      counts.assignedAt = performance.now();
    });
    events.on("job-finished", ({ jobId }) => void this.#countsOf(jobId).finals++);
    events.on("trace-reset", () => void this.traceResets++);
  }

  add(chaos: ChaosJob, handle: JobHandle): LedgerEntry {
    const entry = { chaos, handle, counts: this.#countsOf(handle.id) };
    this.#entries.set(handle.id, entry);
    return entry;
  }

  of(id: number): LedgerEntry | undefined {
    return this.#entries.get(id);
  }

  get entries(): readonly LedgerEntry[] {
    return [...this.#entries.values()];
  }

  #countsOf(id: number): Counts {
    let counts = this.#counts.get(id);
    if (counts === undefined) this.#counts.set(id, (counts = { assigned: 0, finals: 0, assignedAt: Number.NaN }));
    return counts;
  }
}

/** Handed out, but its runner never said that it has it: the answer was lost. GitLab gives such a job to another runner. */
export function isForgotten({ handle, counts }: LedgerEntry, afterMs: number): boolean {
  return handle.state === "waiting" && performance.now() - counts.assignedAt > afterMs;
}
