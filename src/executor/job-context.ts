import type { CoordinatorClient } from "../coordinator/client.ts";
import type { Engine } from "../docker/engine.ts";
import type { JobPlan } from "../job/plan.ts";
import type { StageName } from "../job/stages.ts";
import type { JournalEvent } from "../journal/events.ts";
import type { RecordedStage } from "../journal/job-record.ts";
import type { Span } from "../spans/open-span.ts";
import type { SpanRecorder } from "../spans/recorder.ts";
import type { Clock } from "../support/clock.ts";
import type { OutputTail } from "../trace/output-tail.ts";
import type { Trace } from "../trace/trace.ts";
import type { JobControl } from "./job-end.ts";
import type { RemoteCache } from "./remote-cache.ts";

/** What every stage of a job works with. */
export interface JobContext {
  readonly engine: Engine;
  readonly plan: JobPlan;
  readonly trace: Trace;
  /** What the script printed last. */
  readonly output: Pick<OutputTail, "begin" | "end" | "missBeginning" | "succeeded">;
  readonly clock: Clock;
  readonly control: JobControl;
  readonly client: CoordinatorClient;
  readonly jobToken: string;
  /** Directory on the agent's disk for what can't be streamed; goes with the job. */
  readonly scratch: string;
  /** Shown in "Running on … via …". */
  readonly agentHost: string;
  /** The way to the store of the job's caches; null where they stay on the daemon. Says in the log what is wrong with it. */
  remoteCache(): Promise<RemoteCache | null>;
  /** Where what takes time is recorded. */
  readonly spans: SpanRecorder;
  /**
   * Runs a stage: section, heading, journal, and a span of its own.
   *
   * @param goOn goes on with one in whose midst an earlier run of the agent died; default: it is done once more
   */
  stage<T>(
    name: StageName,
    body: (span: Span) => Promise<T>,
    goOn?: (interrupted: RecordedStage) => Promise<T>,
  ): Promise<T>;
  /** Writes to the job's journal. */
  record(event: JournalEvent): Promise<void>;
  /** Positions of the plan's artifacts that the coordinator has from an earlier run of the agent. */
  readonly uploaded: readonly number[];
  /** When an earlier run of the agent began with the scripts, in milliseconds since the epoch; null when none did. */
  readonly scriptsBeganAt: number | null;
}
