import type { JobHandle } from "../../../../src/coordinator/embedded/job-record.ts";
import type { Engine } from "../../../../src/docker/engine.ts";
import { findObjects } from "../../../../src/docker/sweep.ts";
import { finished, type ScriptJob, scriptJob, type TestCoordinator } from "../../../support/coordinator.ts";
import { execute } from "../../../support/engine.ts";
import { plainText } from "../../../support/job-log.ts";

const limitMs = 100_000;

/** Where the jobs of one set-up run. */
export interface FieldOptions {
  readonly coordinator: TestCoordinator;
  readonly tag: string;
  /** Runs the jobs' containers. */
  readonly engine: Engine;
  /** The daemon that the jobs share; null when each has its own. */
  readonly shared: Engine | null;
  /** `key=value` that containers of the set-up's agent have. */
  readonly ofAgent: string;
  /** On that engine, made from docker's image. */
  readonly nonRoot: string;
}

export interface Ended {
  readonly job: JobHandle;
  readonly log: string;
}

export class Field {
  readonly nonRoot: string;
  readonly shared: Engine | null;
  readonly #options: FieldOptions;

  constructor(options: FieldOptions) {
    this.#options = options;
    this.nonRoot = options.nonRoot;
    this.shared = options.shared;
  }

  start(job: ScriptJob): Promise<JobHandle> {
    const { coordinator, tag } = this.#options;
    return coordinator.addJob(scriptJob(job), { tags: [tag] });
  }

  async ended(job: JobHandle): Promise<Ended> {
    const { log } = await finished(this.#options.coordinator, job, limitMs);
    return { job, log: plainText(log) };
  }

  /** Resolves when the log holds the text, and when the job has ended without it. */
  async showsOrEnds(job: JobHandle, text: string): Promise<void> {
    const limit = AbortSignal.timeout(limitMs);
    for (let seen = -1; ;) {
      const size = seen;
      await this.#options.coordinator.waitFor(
        job.id,
        ({ finished: ended, traceSize }) => ended || traceSize !== size,
        limit,
      );
      seen = job.traceSize;
      if (job.finished || plainText((await job.readTrace()).toString()).includes(text)) return;
    }
  }

  /** Lets a job go on that waits for /go. */
  async release(job: JobHandle): Promise<void> {
    const { engine, ofAgent } = this.#options;
    const labels = [ofAgent, `com.gitlab.gitlab-runner.job.id=${job.id}`, "com.gitlab.gitlab-runner.type=build"];
    const { containers } = await findObjects(engine, labels, AbortSignal.timeout(limitMs));
    for (const id of containers) await execute(engine, id, "touch", "/go");
  }

  /** Removes what failed jobs have started on a daemon that others use, too; there must be nothing where all went well. */
  async leftWith(label: string): Promise<readonly string[]> {
    if (this.shared === null) return [];
    const { containers } = await findObjects(this.shared, [label], AbortSignal.timeout(limitMs));
    for (const id of containers) await this.shared.getContainer(id).remove({ force: true });
    return containers;
  }
}
