import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { mkdir, open, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { JobPayload } from "../coordinator/job-payload.ts";
import type { JobPlan } from "../job/plan.ts";
import type { Clock } from "../support/clock.ts";
import { syncDirectory } from "../support/sync-directory.ts";
import { DiskPatience } from "../support/disk-patience.ts";
import { AgentError, messageOf } from "../support/errors.ts";
import type { TraceCheckpoint } from "../trace/checkpoint.ts";
import { leftLogSize } from "../trace/left-log.ts";
import { CheckpointSlots } from "./checkpoint-slots.ts";
import type { JobEntry, JobOpened, JournalEvent } from "./events.ts";
import { journalVersion } from "./events.ts";
import type { JobRecord, ReceivedBeside } from "./job-record.ts";
import { journalFiles, readJob } from "./read-job.ts";
import { decodeRecords, encodeRecord } from "./record-line.ts";
import type { StateDirectory } from "./state-directory.ts";

const acknowledgedEveryMs = 1000;

/** A job as it was handed out, and what came with it. */
export interface JournalledJob extends ReceivedBeside {
  readonly job: JobPayload;
}

/**
 * What must survive the agent about one job, a directory of its own:
 *   payload.json   as the coordinator sent it (mode 0600: it holds the job token)
 *   received.json  what else the answer said that brought it
 *   plan.json      once it is decided
 *   events         one record a line, each with its checksum
 *   trace.log      the spool
 *   trace.log.tail the end of a log that exceeds its limit
 *   checkpoint.*   how the spool and the raw output belong together
 * Records reach the kernel before `append` resolves, which outlives the agent's death by any signal. The disk is waited
 * for where a power failure would make the coordinator wait for a job that nobody knows of: creation and outcome.
 */
export class JobJournal {
  readonly path: string;
  readonly #clock: Clock;
  readonly #events: FileHandle;
  readonly #slots: CheckpointSlots;
  readonly #patience: DiskPatience;
  #size: number;
  #tail: Promise<void> = Promise.resolve();
  #acknowledgedAt = Number.NEGATIVE_INFINITY;

  private constructor(
    path: string,
    clock: Clock,
    events: FileHandle,
    size: number,
    slots: CheckpointSlots,
    patience: DiskPatience,
  ) {
    this.path = path;
    this.#patience = patience;
    this.#clock = clock;
    this.#events = events;
    this.#size = size;
    this.#slots = slots;
  }

  /**
   * To be called before anything else happens to a job. The directory appears whole or not at all.
   *
   * @param patienceMs how long later writes wait for a disk that is full
   * @throws AgentError JOURNAL_WRITE
   */
  static async create(
    state: StateDirectory,
    received: JournalledJob,
    entry: JobEntry,
    clock: Clock,
    patienceMs?: number,
  ): Promise<JobJournal> {
    const { job: payload, tls, correlationId } = received;
    const name = `${payload.id}-${randomBytes(4).toString("hex")}`;
    const draft = join(state.jobsPath, `.new-${name}`);
    const path = join(state.jobsPath, name);
    const opened: JobOpened = {
      type: "opened",
      version: journalVersion,
      jobId: payload.id,
      boot: state.boot,
      at: clock.now(),
      entry,
    };
    try {
      await mkdir(draft, { mode: 0o700 });
      const files = {
        [journalFiles.payload]: JSON.stringify(payload),
        [journalFiles.received]: JSON.stringify({ tls, correlationId } satisfies ReceivedBeside),
        [journalFiles.events]: encodeRecord(opened),
      };
      await Promise.all(
        Object.entries(files).map(([file, text]) => writeFile(join(draft, file), text, { mode: 0o600, flush: true })),
      );
      await syncDirectory(draft);
      await rename(draft, path);
      await syncDirectory(state.jobsPath);
      return await JobJournal.reopen(path, clock, patienceMs);
    } catch (error) {
      // On a full disk there is no room for what is of no use.
      await Promise.allSettled([draft, path].map((each) => rm(each, { recursive: true, force: true })));
      throw journalError(path, error);
    }
  }

  /** Goes on with the journal of an earlier run; the next record takes the place of one that was cut off. */
  static async reopen(path: string, clock: Clock, patienceMs?: number): Promise<JobJournal> {
    try {
      const file = join(path, journalFiles.events);
      const { goodBytes } = decodeRecords(await readFile(file));
      const events = await open(file, constants.O_RDWR);
      // What a shorter record would leave of it must never be taken for one.
      await events.truncate(goodBytes);
      const spool = join(path, journalFiles.spool);
      const slots = await CheckpointSlots.open(path, await leftLogSize(spool, await sizeOf(spool)));
      return new JobJournal(path, clock, events, goodBytes, slots, new DiskPatience(clock, patienceMs));
    } catch (error) {
      throw journalError(path, error);
    }
  }

  get spoolPath(): string {
    return join(this.path, journalFiles.spool);
  }

  /** In the order of the calls. @throws AgentError JOURNAL_WRITE */
  append(event: JournalEvent): Promise<void> {
    return this.#inOrder(async () => {
      const line = Buffer.from(encodeRecord(event));
      await this.#patience.untilRoom(() => this.#write(line));
      this.#size += line.length;
      if (event.type === "outcome" || event.type === "runBegun") await this.#events.datasync();
    });
  }

  /** At a fixed position: what a failed write left is overwritten by the next try, or the next record. */
  async #write(line: Buffer): Promise<void> {
    let written = 0;
    while (written < line.length) {
      const rest = await this.#events.write(line, written, line.length - written, this.#size + written);
      written += rest.bytesWritten;
    }
  }

  /** For the uploader: never fails, since a journal that lags only means that the coordinator names the offset itself. */
  acknowledged(offset: number): void {
    if (this.#clock.monotonic() - this.#acknowledgedAt < acknowledgedEveryMs) return;
    this.#acknowledgedAt = this.#clock.monotonic();
    this.append({ type: "acknowledged", offset }).catch(() => undefined);
  }

  /** For the spool's `beforeBatch`. */
  recordCheckpoint(checkpoint: TraceCheckpoint, committedBytes: number): Promise<void> {
    return this.#slots.record(checkpoint, committedBytes);
  }

  async writePlan(plan: JobPlan): Promise<void> {
    const path = join(this.path, journalFiles.plan);
    try {
      const text = JSON.stringify(plan);
      await this.#patience.untilRoom(() => writeFile(`${path}.new`, text, { mode: 0o600 }));
      await rename(`${path}.new`, path);
    } catch (error) {
      throw journalError(this.path, error);
    }
  }

  /** @throws AgentError JOURNAL_UNREADABLE */
  async readAll(): Promise<JobRecord> {
    await this.#tail;
    return readJob(this.path);
  }

  async close(): Promise<void> {
    await this.#tail;
    await Promise.all([this.#events.close(), this.#slots.close()]);
  }

  /** When the final state is acknowledged and nothing of the job is left. Closes the journal. */
  async remove(): Promise<void> {
    await this.close();
    // Renamed first: a journal that is half removed must not be taken for a job.
    const removed = join(dirname(this.path), `.removed-${basename(this.path)}`);
    await rename(this.path, removed);
    await rm(removed, { recursive: true, force: true });
  }

  #inOrder(write: () => Promise<void>): Promise<void> {
    const done = this.#tail.then(write).catch((error: unknown) => {
      throw journalError(this.path, error);
    });
    this.#tail = done.catch(() => undefined);
    return done;
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch {
    return 0;
  }
}

function journalError(path: string, error: unknown): AgentError {
  if (error instanceof AgentError) return error;
  return new AgentError("JOURNAL_WRITE", `The journal ${path} can't be written: ${messageOf(error)}`, {
    hint: "Free space in the agent's state directory, or name another one with --state-dir.",
    cause: error,
  });
}
