/** One thing that was set for a job's own dind, and why. */
export interface Wired {
  readonly what: string;
  readonly why: string;
}

/** The block in the job's log; no lines when nothing was set. */
export function reportOf(names: readonly string[], wired: readonly Wired[]): string[] {
  if (wired.length === 0) return [];
  const [services, them] = names.length === 1 ? ["service", "it"] : ["services", "them"];
  return [
    `Docker daemon of this job, ${services} ${names.join(", ")} (LONGSHORE_DIND_AUTOWIRE=false leaves ${them} alone):`,
    ...distinct(wired.map(({ what, why }) => `  ${what}: ${why}`)),
  ];
}

function distinct(lines: readonly string[]): string[] {
  return [...new Set(lines)];
}
