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
  const steps = pattern.split(/(\*\*|\*)/).flatMap((part) => (part.startsWith("*") ? [part] : part.split("")));
  return files.filter((file) => leadsThrough(steps, file)).toSorted();
}

/**
 * Whether the steps account for all of a path. All ways through are gone at once: a regular expression would try one
 * after the other, and stars have more of them than anybody can wait for.
 */
function leadsThrough(steps: readonly string[], path: string): boolean {
  const isStar = (step: string | undefined) => step === "*" || step === "**";
  const skipStars = (reached: Uint8Array) => {
    for (const [index, step] of steps.entries()) if (reached[index] === 1 && isStar(step)) reached[index + 1] = 1;
    return reached;
  };
  let reached: Uint8Array = new Uint8Array(steps.length + 1);
  reached[0] = 1;
  skipStars(reached);
  for (const char of path.split("")) {
    const next = new Uint8Array(steps.length + 1);
    for (const [index, step] of steps.entries()) {
      if (reached[index] === 0) continue;
      if (step === "**" || (step === "*" && char !== "/")) next[index] = 1;
      else if (step === char) next[index + 1] = 1;
    }
    reached = skipStars(next);
  }
  return reached[steps.length] === 1;
}
