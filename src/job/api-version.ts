/** The Docker API that a daemon speaks, both ends included: `1.24`; "" when it isn't known. */
export interface ApiRange {
  readonly oldest: string;
  readonly newest: string;
}

/** First release of docker (major, minor) that speaks an API, newest first: the version matrix of Docker's documentation. */
const releases: readonly (readonly [number, number, string])[] = [
  [29, 0, "1.52"],
  [28, 3, "1.51"],
  [28, 2, "1.50"],
  [28, 1, "1.49"],
  [28, 0, "1.48"],
  [27, 2, "1.47"],
  [27, 0, "1.46"],
  [26, 0, "1.45"],
  [25, 0, "1.44"],
  [24, 0, "1.43"],
  [23, 0, "1.42"],
  [20, 10, "1.41"],
  [19, 3, "1.40"],
  [18, 9, "1.39"],
  [18, 6, "1.38"],
  [18, 3, "1.37"],
  [18, 2, "1.36"],
  [17, 12, "1.35"],
  [17, 11, "1.34"],
  [17, 10, "1.33"],
  [17, 9, "1.32"],
  [17, 7, "1.31"],
  [17, 6, "1.30"],
  [17, 5, "1.29"],
  [17, 4, "1.28"],
  [17, 3, "1.27"],
];
/** Since then docker itself takes no daemon that knows nothing newer than this. */
const clientFloor = { since: 29, api: "1.44" };

/** What one release of a daemon speaks, as its image names it in DOCKER_VERSION; nothing where it isn't known. */
export function apiOfRelease(version: string): ApiRange {
  const [major] = numbers(version);
  const newest = newestOf(version);
  if (newest === "") return { oldest: "", newest: "" };
  return { oldest: major >= 29 ? "1.44" : major >= 25 ? "1.24" : "1.12", newest };
}

/**
 * DOCKER_API_VERSION for a docker and a daemon that don't come to terms by themselves: a docker goes down to what its
 * daemon speaks, never up, and newer ones not below a floor of theirs. "" where they do, or nobody knows the docker's version.
 *
 * @param client DOCKER_VERSION of docker's own images; "" for others
 */
export function agreedApi(client: string, { oldest, newest }: ApiRange): string {
  const own = newestOf(client);
  if (own === "") return "";
  if (oldest !== "" && isOlder(own, oldest)) return oldest;
  const [major] = numbers(client);
  return newest !== "" && major >= clientFloor.since && isOlder(newest, clientFloor.api) ? newest : "";
}

function newestOf(version: string): string {
  const [major, minor] = numbers(version);
  return releases.find(([since, sinceMinor]) => major > since || (major === since && minor >= sinceMinor))?.[2] ?? "";
}

/** Of two versions `1.N`. */
export function isOlder(one: string, other: string): boolean {
  const [major, minor] = numbers(one);
  const [otherMajor, otherMinor] = numbers(other);
  return major < otherMajor || (major === otherMajor && minor < otherMinor);
}

function numbers(version: string): readonly [number, number] {
  const match = /^(\d+)\.(\d+)/.exec(version);
  return match === null ? [0, 0] : [Number(match[1]), Number(match[2])];
}
