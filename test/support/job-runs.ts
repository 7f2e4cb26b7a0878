import type { JobHandle, JobParts } from "../../src/coordinator/embedded/job-record.ts";
import type { EmbeddedCoordinator } from "../../src/coordinator/embedded/server.ts";
import { finished, type ScriptJob, scriptJob } from "./coordinator.ts";
import { plainText } from "./job-log.ts";

export interface EndedJob {
  readonly job: JobHandle;
  /** As the coordinator has it. */
  readonly raw: string;
  /** Without colours and section marks, lines ended by a newline alone. */
  readonly log: string;
}

/** Jobs of a coordinator, whatever runner takes them. */
export interface JobRuns {
  /** Jobs without a tag go to runners without one. A function gets the token that the job will have. */
  start(job: ScriptJob | ((token: string) => JobParts), tag?: string): Promise<JobHandle>;
  ended(job: JobHandle, limitMs?: number): Promise<EndedJob>;
  run(job: ScriptJob, tag?: string): Promise<EndedJob>;
  /** Resolves when the coordinator has this text in the job's log; rejects when the job ends without it. */
  shows(job: JobHandle, text: string): Promise<void>;
}

export function jobRuns(coordinator: EmbeddedCoordinator): JobRuns {
  const start: JobRuns["start"] = async (job, tag) =>
    coordinator.addJob(typeof job === "function" ? ({ token }) => job(token) : scriptJob(job), {
      tags: tag === undefined ? [] : [tag],
    });
  const ended: JobRuns["ended"] = async (job, limitMs = 110_000) => {
    const raw = (await finished(coordinator, job, limitMs)).log;
    return { job, raw, log: plainText(raw) };
  };
  return {
    start,
    ended,
    run: async (job, tag) => ended(await start(job, tag)),
    shows: async (job, text) => {
      const limit = AbortSignal.timeout(100_000);
      for (let seen = -1; ;) {
        const size = seen;
        await coordinator.waitFor(job.id, (current) => current.finished || current.traceSize !== size, limit);
        seen = job.traceSize;
        const raw = (await job.readTrace()).toString();
        if (raw.includes(text)) return;
        if (job.finished) throw new Error(`the job ended without "${text}":\n${raw}`);
      }
    },
  };
}
