/** One entry of `volumes` in config.toml: `/dst`, `host:/dst[:mode]`, `name:/dst[:mode]`. */
export interface VolumeEntry {
  /** Path on the daemon's host or a volume's name; "" for a volume that the agent makes. */
  readonly source: string;
  readonly destination: string;
  /** The options after the destination as written: `ro`, `ro,z`, `rshared`. */
  readonly mode: string;
}

const name = '[^\\\\/:*?"<>|\\r\\n]+';
const directory = `/(?:${name}/?)*`;
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

/** True when `path` is `directory` or lies below it. */
export function isWithin(path: string, outer: string): boolean {
  return path === outer || path.startsWith(outer.endsWith("/") ? outer : `${outer}/`);
}
