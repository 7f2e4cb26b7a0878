/** What an image says about the containers that are made of it. */
export interface ImageConfig {
  readonly entrypoint: readonly string[];
  readonly command: readonly string[];
  /** `KEY=VALUE` */
  readonly env: readonly string[];
  /** Paths that are volumes in every container. */
  readonly volumes: readonly string[];
  /** "" for root. */
  readonly user: string;
}

/** Of several entries with one name the last counts; undefined when there is none. */
export function environmentValue(entries: readonly string[], key: string): string | undefined {
  return entries.findLast((entry) => entry.startsWith(`${key}=`))?.slice(key.length + 1);
}

/** Replaces the entry of that name, or adds one. */
export function withEnvironment(entries: readonly string[], key: string, value: string): string[] {
  return [...entries.filter((entry) => !entry.startsWith(`${key}=`)), `${key}=${value}`];
}
