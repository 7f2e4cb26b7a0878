import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { AgentError } from "../support/errors.ts";
import type { JobRecord } from "./job-record.ts";
import { readJob } from "./read-job.ts";
import { forgetOldOnes, isSetAside } from "./set-aside.ts";
import type { StateDirectory } from "./state-directory.ts";

export interface JobListing {
  /** In the order in which they were taken. */
  readonly jobs: readonly { readonly path: string; readonly record: JobRecord }[];
  /** Journals that can't be used; left where they are. */
  readonly unreadable: readonly { readonly path: string; readonly error: AgentError }[];
}

/**
 * The jobs that an earlier run of the agent left behind. For the start only, while this run has no job of its own:
 * journals that were half made or half removed are cleared away.
 */
export async function listJobs(state: StateDirectory): Promise<JobListing> {
  const names = await readdir(state.jobsPath);
  const jobs: { readonly path: string; readonly record: JobRecord }[] = [];
  const unreadable: { readonly path: string; readonly error: AgentError }[] = [];
  for (const name of names) {
    const path = join(state.jobsPath, name);
    if (isSetAside(name)) continue;
    if (name.startsWith(".")) {
      await rm(path, { recursive: true, force: true });
      continue;
    }
    try {
      jobs.push({ path, record: await readJob(path) });
    } catch (error) {
      unreadable.push({ path, error: error as AgentError });
    }
  }
  await forgetOldOnes(state);
  jobs.sort((one, other) => one.record.opened.at - other.record.opened.at);
  return { jobs, unreadable };
}
