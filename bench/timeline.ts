/** What the coordinator saw of one job; all times in milliseconds since the epoch, as the clock stood when it was added. */
export interface JobTimeline {
  readonly id: number;
  readonly state: string;
  readonly failureReason: string;
  readonly added: number;
  /** Handed out: the answer 201 to a job request. */
  readonly assigned: number;
  /** Running: the runner's PUT, or at once for a runner that doesn't acknowledge. */
  readonly started: number;
  /** The final update has arrived. */
  readonly finished: number;
  readonly patches: readonly Patch[];
  /** By how much the clock was set since, in milliseconds. */
  readonly clockStep: number;
}

/** Bytes of a log that have arrived. */
export interface Patch {
  readonly at: number;
  readonly offset: number;
  readonly bytes: number;
}

/** Accepted to final state. */
export const jobMilliseconds = (job: JobTimeline): number => job.finished - job.assigned;

/** Times that the job's script printed with `echo "stamp $(date +%s%N)"`, in milliseconds since the epoch. */
export function stampsOf(log: string): number[] {
  return [...log.matchAll(/stamp (\d{13})(\d{6})/g)].map((match) => Number(`${match[1]}.${match[2]}`));
}

/** How long after it was printed each stamp reached the coordinator, in milliseconds. */
export function stampDelays(log: Buffer, patches: readonly Patch[]): number[] {
  // One character a byte, so that positions are offsets.
  const text = log.toString("latin1");
  return [...text.matchAll(/stamp (\d{13})(\d{6})[^\n]*\n/g)].map((match) => {
    const end = match.index + match[0].length;
    const arrived = patches.find((patch) => patch.offset + patch.bytes >= end);
    if (arrived === undefined) throw new Error(`no patch brought byte ${end} of the log`);
    return arrived.at - Number(`${match[1]}.${match[2]}`);
  });
}

/**
 * How long a section of the log took, in milliseconds, by the timestamps of its lines (FF_TIMESTAMPS): the section's
 * own are whole seconds. null when the log has no such section.
 */
export function sectionMilliseconds(log: string, section: string): number | null {
  const begin = lineTime(log, `section_start:\\d+:${section}`);
  const end = lineTime(log, `section_end:\\d+:${section}`);
  return begin === null || end === null ? null : end - begin;
}

function lineTime(log: string, mark: string): number | null {
  const match = new RegExp(`^(\\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z)[^\\n]*${mark}\\b`, "m").exec(log);
  return match === null ? null : Date.parse(match[1] ?? "");
}

/** How many of the jobs ran at the same time at most. Pure. */
export function mostAtOnce(jobs: readonly Pick<JobTimeline, "started" | "finished">[]): number {
  const running = (at: number) => jobs.filter((job) => job.started <= at && at < job.finished).length;
  return Math.max(0, ...jobs.map((job) => running(job.started)));
}
