import picomatch from "picomatch";

/** GitLab takes a condition for met when it would have to compare more often than this. */
const maxComparisons = 50_000;

/**
 * Whether one of the files matches one of the globs, as rules:changes and rules:exists read them (Ruby's fnmatch with
 * path names, dot files and braces): `*` stays within a directory, and `**` crosses directories only as `**` + `/`.
 */
export function anyMatch(globs: readonly string[], files: readonly string[]): boolean {
  if (globs.length * files.length > maxComparisons) return true;
  const matchers = globs.filter((glob) => glob !== "").map((glob) => matcherOf(glob));
  return files.some((file) => matchers.some((matches) => matches(file)));
}

function matcherOf(glob: string): (file: string) => boolean {
  if (!/[*?[{]/.test(glob)) return (file) => file === glob;
  // picomatch lets a `**` that is not a whole path segment, or the last one, cross directories; fnmatch does not.
  const segments = glob.split("/");
  const last = segments.length - 1;
  const exact = segments.map((part, index) => (part === "**" && index < last ? part : part.replaceAll(/\*{2,}/g, "*")));
  try {
    return picomatch(exact.join("/"), {
      dot: true,
      noextglob: true,
      nonegate: true,
      strictSlashes: true,
      maxLength: 65_536,
    });
  } catch {
    return () => false;
  }
}

/** The paths that an `include:local` with wildcards means: `**` crosses directories, `*` does not; nothing else is special. */
export function includeMatches(pattern: string, files: readonly string[]): readonly string[] {
  const source = pattern
    .split(/(\*\*|\*)/)
    .map((part) => (part === "**" ? ".*" : part === "*" ? "[^/]*" : RegExp.escape(part)))
    .join("");
  const regex = new RegExp(`^${source}$`, "s");
  return files.filter((file) => regex.test(file)).toSorted();
}
