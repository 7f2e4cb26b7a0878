/** CI_CONCURRENT_ID and CI_CONCURRENT_PROJECT_ID of a job: each the lowest that no other running job has (protocol section 4.2). */
export interface JobNumbers {
  readonly runner: number;
  readonly project: number;
}

interface Taken extends JobNumbers {
  readonly projectId: number;
}

/** The numbers of all running jobs, by [[runners]] entry. */
export class JobNumbering {
  readonly #taken = new Map<string, Set<Taken>>();

  /** Running jobs of an entry. */
  running(key: string): number {
    return this.#taken.get(key)?.size ?? 0;
  }

  /**
   * @param wanted numbers that the job has already, from before a restart.
   * @returns the numbers, and what gives them back; calling that again does nothing.
   */
  take(key: string, projectId: number, wanted?: JobNumbers): { readonly numbers: JobNumbers; release(): void } {
    const jobs = this.#taken.get(key) ?? new Set<Taken>();
    this.#taken.set(key, jobs);
    const others = [...jobs];
    const taken: Taken = {
      projectId,
      runner: wanted?.runner ?? lowestFree(others.map((job) => job.runner)),
      project:
        wanted?.project ?? lowestFree(others.filter((job) => job.projectId === projectId).map((job) => job.project)),
    };
    jobs.add(taken);
    return {
      numbers: { runner: taken.runner, project: taken.project },
      release: () => {
        jobs.delete(taken);
      },
    };
  }
}

function lowestFree(taken: readonly number[]): number {
  const used = new Set(taken);
  let number = 0;
  while (used.has(number)) number++;
  return number;
}
