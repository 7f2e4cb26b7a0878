import type { Clock } from "../support/clock.ts";
import type { TraceCheckpoint } from "./checkpoint.ts";
import type { LimitedLogOptions } from "./limited-log.ts";
import type { TokenMaskerOptions } from "./mask-rules.ts";
import type { OutputTail } from "./output-tail.ts";
import type { TraceSpool } from "./spool.ts";

export interface JobTraceOptions {
  readonly spool: TraceSpool;
  readonly clock: Clock;
  /** Values of the job's masked variables, its token, passwords of its credentials. */
  readonly secrets: Iterable<string>;
  readonly tokens: TokenMaskerOptions;
  /** FF_TIMESTAMPS. */
  readonly timestamps: boolean;
  /** The job feature trace_sections. */
  readonly sections: boolean;
  /** `output_limit` of the [[runners]] entry in kB; 0 for the default, 4096. */
  readonly outputLimitKilobytes: number;
  /** Takes down what the script prints. */
  readonly tail?: OutputTail;
  /** Where an earlier run of the agent left this job's log; the spool must have been truncated to its `spoolBytes`. */
  readonly resume?: TraceCheckpoint;
  /** What an earlier run of the agent kept of a log that exceeds its limit. */
  readonly resumedTail?: LimitedLogOptions["resumed"];
  /** Puts on record what the script named a secret (`::add-mask::`) and what was learned, for a later start of the agent. */
  readonly recordMasks: (values: readonly string[]) => Promise<void>;
  /** What an earlier run of the agent put on record. */
  readonly earlierMasks?: readonly string[];
}
