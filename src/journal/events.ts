import type { JobUpdate } from "../coordinator/job-api.ts";
import type { EndCause } from "../job/end-cause.ts";
import type { FailureSituation } from "../job/failure-reason.ts";

/** Raised when records change in a way that older code would misread. */
export const journalVersion = 2;

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
  /** `host` of its [runners.docker]; missing in journals of older agents. */
  readonly daemon?: string;
  /** The entry's own number of the job; missing in journals of older agents. */
  readonly runnerSlot?: number;
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

/** Raw bytes of a container's two streams. */
export interface StreamBytes {
  readonly stdout: number;
  readonly stderr: number;
}

/** Where the output of a container's run begins. What was read of it is the checkpoint's `consumed` minus `trace`. */
export interface RunBeginning {
  /** In the trace's counters. */
  readonly trace: StreamBytes;
  /** In the daemon's copy of the container's output, which holds that of earlier runs, too. */
  readonly log: StreamBytes;
  /** `ScriptMark.id` of the run's script. */
  readonly mark: string;
}

/** How a stage failed that has no result: as much as it takes to fail in the same way once more. */
export type RecordedFailure =
  | { readonly kind: "end"; readonly cause: EndCause; readonly message: string }
  | {
      readonly kind: "stage";
      readonly situation: FailureSituation;
      readonly message: string;
      readonly exitCode: number;
      readonly oomKilled: boolean;
      readonly hint: string;
    };

export type ContainerRole = "build" | "helper" | "service" | "dind";

/** What is written down while a job runs; each event before or right after the thing itself, as its comment says. */
export type JournalEvent =
  /** After: a container without a record is found by its labels. */
  | { readonly type: "containerCreated"; readonly id: string; readonly name: string; readonly role: ContainerRole }
  | { readonly type: "networkCreated"; readonly id: string; readonly name: string }
  | { readonly type: "volumeCreated"; readonly name: string }
  /** Before anything mounts it: it is kept, and what is known of it says since before that it is in use. */
  | { readonly type: "volumeLeased"; readonly name: string }
  /** `at`: milliseconds since the epoch; missing in journals of older agents. */
  | { readonly type: "stageStarted"; readonly name: string; readonly at?: number }
  /** `result`: what the stage gave, as JSON; missing in journals of older agents. */
  | { readonly type: "stageEnded"; readonly name: string; readonly exitCode: number; readonly result?: unknown }
  | { readonly type: "stageFailed"; readonly name: string; readonly failure: RecordedFailure }
  /** Before the container gets the script of the stage that is on. */
  | ({ readonly type: "runBegun"; readonly container: string } & RunBeginning)
  /** After: the shell has begun with the script, which must not run again. */
  | { readonly type: "runTaken"; readonly container: string }
  /** Before anything of the log is written that comes after: secrets that the script named (`::add-mask::`) or the agent learned. */
  | { readonly type: "masksAdded"; readonly values: readonly string[] }
  /** After: a second upload of the same file is no failure, one of another is. */
  | { readonly type: "artifactUploaded"; readonly index: number }
  /**
   * A later start of the agent goes on with the job, or begins anew with it. `boot` is in the labels of what that start
   * makes.
   */
  | { readonly type: "resumed"; readonly boot: string; readonly at: number; readonly anew: boolean }
  /** The coordinator has the log up to here; written once a second at most, so it may lag. */
  | { readonly type: "acknowledged"; readonly offset: number }
  /** Before the final update is sent. */
  | { readonly type: "outcome"; readonly update: Omit<JobUpdate, "output"> }
  | { readonly type: "finalAcknowledged" };
