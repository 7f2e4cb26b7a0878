import type { JobUpdate } from "../coordinator/job-api.ts";

/** Raised when records change in a way that older code would misread. */
export const journalVersion = 1;

/** Which [[runners]] entry took the job, as far as a later start needs it to find the entry again. */
export interface JobEntry {
  /** The coordinator's `url` as configured. */
  readonly url: string;
  /** Short token: no secret. */
  readonly runner: string;
  /** The entry's `name`. */
  readonly name: string;
  readonly systemId: string;
  /** The slot whose volumes and directories the job uses. */
  readonly slot: number;
}

export interface JobOpened {
  readonly type: "opened";
  readonly version: number;
  readonly jobId: number;
  /** `StateDirectory.boot` of the start that took the job. */
  readonly boot: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly entry: JobEntry;
}

export type ContainerRole = "build" | "helper" | "service" | "dind";

/** What is written down while a job runs; each event before or right after the thing itself, as its comment says. */
export type JournalEvent =
  /** After: a container without a record is found by its labels. */
  | { readonly type: "containerCreated"; readonly id: string; readonly name: string; readonly role: ContainerRole }
  | { readonly type: "networkCreated"; readonly id: string; readonly name: string }
  | { readonly type: "volumeCreated"; readonly name: string }
  /** Before anything mounts it: it is kept, and what is known of it says since before that it is in use. */
  | { readonly type: "volumeLeased"; readonly name: string }
  | { readonly type: "stageStarted"; readonly name: string }
  | { readonly type: "stageEnded"; readonly name: string; readonly exitCode: number }
  /**
   * Before the container starts: where its output begins in the trace's counters of raw bytes. What was read of the
   * container's log is the checkpoint's `consumed` minus this.
   */
  | { readonly type: "logOffset"; readonly container: string; readonly stdout: number; readonly stderr: number }
  /** The coordinator has the log up to here; written once a second at most, so it may lag. */
  | { readonly type: "acknowledged"; readonly offset: number }
  /** Before the final update is sent. */
  | { readonly type: "outcome"; readonly update: Omit<JobUpdate, "output"> }
  | { readonly type: "finalAcknowledged" };
