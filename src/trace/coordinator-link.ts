import type {
  JobAnswer,
  JobApi,
  JobCallFailed,
  JobUpdate,
  PatchTraceAnswer,
  UpdateJobAnswer,
} from "../coordinator/job-api.ts";
import type { Clock } from "../support/clock.ts";
import { AgentError, messageOf } from "../support/errors.ts";
import { withChildSignal } from "./child-signal.ts";
import { givePatchBuffer, longestPatchBytes, takePatchBuffer } from "./patch-buffers.ts";
import type { TraceSpool } from "./spool.ts";

/** A call without an answer counts as failed after this; enough for 1 MiB over a slow line. */
const callLimitMs = 120_000;

export interface LinkOptions {
  readonly api: JobApi;
  readonly spool: Pick<TraceSpool, "size" | "read" | "checksum">;
  readonly clock: Clock;
  /** CI_DEBUG_TRACE is in effect for the job. */
  readonly debugTrace: boolean;
  /** How much of the log the coordinator has, as far as the journal knows. Default 0. */
  readonly acknowledged?: number;
  readonly onAcknowledged: (offset: number) => void;
  /** Stop the script, still run after_script. Called at most once, and never after onAbort. */
  readonly onCancel: () => void;
  /** Stop everything now. Called at most once. */
  readonly onAbort: () => void;
  /** For the agent's own log: what went wrong, without any of the job's data. What goes on is told when it changes. */
  readonly onProblem: (message: string) => void;
}

export type PatchOutcome = "sent" | "moved" | "not-found" | "failed" | "aborted";
export type UpdateOutcome = "accepted" | "not-completed" | "trace-rejected" | "failed" | "aborted";

/** What the agent and the coordinator know of each other about one job's log: single calls, and what their answers change. */
export class CoordinatorLink {
  readonly #options: LinkOptions;
  #offset: number;
  #intervalMs: number | null = null;
  #lastContactAt: number;
  #aborted = false;
  #cancelled = false;
  #askedPauseMs = 0;
  #refused = false;
  #checking = false;
  #problem = "";

  constructor(options: LinkOptions) {
    this.#options = options;
    this.#offset = options.acknowledged ?? 0;
    this.#lastContactAt = options.clock.monotonic();
  }

  /** Bytes that the coordinator has. */
  get offset(): number {
    return this.#offset;
  }

  /** X-GitLab-Trace-Update-Interval as it was last asked for. */
  get intervalMs(): number | null {
    return this.#intervalMs;
  }

  get lastContactAt(): number {
    return this.#lastContactAt;
  }

  get aborted(): boolean {
    return this.#aborted;
  }

  /** The pause that the last failed call's answer asked for, in milliseconds; else 0. */
  get askedPauseMs(): number {
    return this.#askedPauseMs;
  }

  /** The last call failed for a reason that does not pass by itself. */
  get refused(): boolean {
    return this.#refused;
  }

  /** The last call was answered with 202 to a final state: the coordinator has all of the log and still checks it. */
  get checking(): boolean {
    return this.#checking;
  }

  /** Before the final update: only what is asked for from now on counts (protocol section 6.4). */
  forgetInterval(): void {
    this.#intervalMs = null;
  }

  /** After a 412: all of the log again. */
  rewind(): void {
    this.#offset = 0;
  }

  /** Sends up to 1 MiB of what the coordinator has not got; there must be some. Rejects only when `signal` aborts. */
  async patch(signal: AbortSignal): Promise<PatchOutcome> {
    const { api, spool, debugTrace } = this.#options;
    const answer = await this.#call(signal, async (limited): Promise<PatchTraceAnswer> => {
      const bytes = await spool.read(this.#offset, longestPatchBytes, takePatchBuffer);
      const given = await api.patchTrace(this.#offset, bytes, debugTrace, limited);
      if (given.kind !== "accepted") return given;
      // Not before: until all of it has been taken somebody may be sending it.
      givePatchBuffer(bytes);
      return this.#accepted(given, this.#offset + bytes.length);
    });
    if (this.#heed(answer)) return "aborted";
    switch (answer.kind) {
      case "accepted":
        return "sent";
      case "range-mismatch":
        return this.#move(answer.size);
      case "not-found":
        this.#tell("the coordinator does not know the job (404)");
        return "not-found";
      case "failed":
        this.#tell(`the log could not be sent: ${answer.reason}`);
        return "failed";
    }
  }

  /** Sends a state together with the log's size and checksum as they are now. Rejects only when `signal` aborts. */
  async update(state: Omit<JobUpdate, "output">, signal: AbortSignal): Promise<UpdateOutcome> {
    const { api, spool } = this.#options;
    const output = { checksum: spool.checksum(), bytesize: spool.size };
    const answer = await this.#call(signal, (limited): Promise<UpdateJobAnswer> =>
      api.updateJob({ ...state, output }, limited),
    );
    // The answer to a final state speaks of that very state: "failed" there is no wish to abort.
    if (state.state !== "running" && answer.kind === "accepted") return "accepted";
    if (this.#heed(answer)) return "aborted";
    if (answer.kind === "not-found") {
      this.#abort();
      return "aborted";
    }
    if (answer.kind === "failed") this.#tell(`the job's state could not be sent: ${answer.reason}`);
    else if (answer.kind === "trace-rejected") {
      this.#refused = true;
      this.#tell("the coordinator found the log incomplete (412); all of it is sent again");
    } else this.#reached();
    this.#checking = answer.kind === "not-completed";
    return answer.kind;
  }

  #accepted(answer: PatchTraceAnswer, offset: number): PatchTraceAnswer {
    this.#acknowledge(offset);
    return answer;
  }

  #acknowledge(offset: number): void {
    this.#offset = offset;
    this.#reached();
    this.#options.onAcknowledged(offset);
  }

  #move(size: number): PatchOutcome {
    const { spool } = this.#options;
    if (size > spool.size || size === this.#offset) {
      this.#refused = true;
      this.#tell(
        `the coordinator refuses the log at ${this.#offset} of ${spool.size} bytes, and says that it has ${size}`,
      );
      return "failed";
    }
    this.#acknowledge(size);
    return "moved";
  }

  /** Takes what every answer may carry. True when the job is to be aborted. */
  #heed(answer: JobAnswer): boolean {
    if (answer.updateIntervalMs !== null) this.#intervalMs = answer.updateIntervalMs;
    if (answer.signal === "abort") this.#abort();
    else if (answer.signal === "cancel" && !this.#cancelled && !this.#aborted) {
      this.#cancelled = true;
      this.#options.onCancel();
    }
    return answer.signal === "abort";
  }

  #reached(): void {
    this.#lastContactAt = this.#options.clock.monotonic();
    this.#problem = "";
  }

  #tell(problem: string): void {
    if (problem === this.#problem) return;
    this.#problem = problem;
    this.#options.onProblem(problem);
  }

  #abort(): void {
    if (this.#aborted) return;
    this.#aborted = true;
    this.#options.onAbort();
  }

  async #call<T extends JobAnswer & { readonly kind: string }>(
    signal: AbortSignal,
    call: (limited: AbortSignal) => Promise<T>,
  ): Promise<T | FailedCall> {
    const answer = await this.#limited(signal, call);
    const failure: FailedCall | null = isFailure(answer) ? answer : null;
    this.#refused = failure?.refused === true;
    this.#checking = false;
    this.#askedPauseMs = failure?.retryAfterMs ?? 0;
    return answer;
  }

  async #limited<T>(signal: AbortSignal, call: (limited: AbortSignal) => Promise<T>): Promise<T | FailedCall> {
    signal.throwIfAborted();
    try {
      return await withChildSignal(signal, (child) => {
        const limit = new Error(`no answer within ${callLimitMs / 1000} s`);
        this.#options.clock.sleep(callLimitMs, child.signal).then(
          () => child.abort(limit),
          () => undefined,
        );
        return call(child.signal);
      });
    } catch (error) {
      signal.throwIfAborted();
      // A log that can't be read from the disk.
      const refused = error instanceof AgentError;
      return { kind: "failed", reason: messageOf(error), refused, signal: "none", updateIntervalMs: null };
    }
  }
}

type FailedCall = JobAnswer & JobCallFailed;

function isFailure(answer: JobAnswer & { readonly kind: string }): answer is FailedCall {
  return answer.kind === "failed";
}
