import { posix } from "node:path";

/** One entry of `volumes` in config.toml: `/dst`, `host:/dst[:mode]`, `name:/dst[:mode]`. */
export interface VolumeEntry {
  /** Path on the daemon's host or a volume's name; "" for a volume that the agent makes. */
  readonly source: string;
  readonly destination: string;
  /** The options after the destination as written: `ro`, `ro,z`, `rshared`. */
  readonly mode: string;
}

const name = '[^\\\\/:*?"<>|\\r\\n]+';
const directory = `/(?:${name}(?:/${name})*/?)?`;
const entry = new RegExp(
  `^(?:(?<source>${directory}|${name}):)?(?<destination>${directory})(?<mode>(?::(?:ro|rw|O))?(?:[:,]z)?(?:[:,](?:r?shared|r?slave|r?private))?)$`,
  "i",
);

/** null when the text is no volume. Only the destination may hold variables, as in GitLab Runner. */
export function parseVolume(text: string, expandText: (text: string) => string): VolumeEntry | null {
  const groups = entry.exec(text)?.groups;
  if (!groups) return null;
  return {
    source: groups["source"] ?? "",
    destination: expandText(groups["destination"] as string),
    mode: (groups["mode"] ?? "").replace(/^[:,]/, ""),
  };
}

/** The Docker bind string of a source and a destination. */
export function bind(source: string, destination: string, mode: string): string {
  return mode === "" ? `${source}:${destination}` : `${source}:${destination}:${mode}`;
}

/** Destination (in-container path) of a bind string. */
export function bindDestination(text: string): string {
  return text.split(":", 2)[1] ?? "";
}

/** `own` on top of `base`: of two binds with one destination only the later one counts, and the daemon takes no two. */
export function mergeBinds(base: readonly string[], own: readonly string[]): string[] {
  const taken = new Set(own.map(bindDestination));
  return [...base.filter((text) => !taken.has(bindDestination(text))), ...own];
}

/** Without `.`, `..`, doubled slashes and a slash at the end. */
export function cleanPath(path: string): string {
  return posix.normalize(path).replace(/(?<=.)\/$/, "");
}

/** True when `path` is `outer` or lies below it. */
export function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(outer.endsWith("/") ? outer : `${outer}/`);
}

/** True when `directory` lies in a volume that is removed with the job: nothing in it outlives the job. */
export function goesWithJob(
  volumes: readonly { readonly destination: string; readonly temporary: boolean }[],
  directory: string,
): boolean {
  return volumes.some((volume) => volume.temporary && isWithin(directory, volume.destination));
}
