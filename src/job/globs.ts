import { posix } from "node:path";
import { AgentError } from "../support/errors.ts";
import { expandBraces } from "./braces.ts";

/**
 * Paths and patterns of `artifacts:` and `cache:`, with the meaning that GitLab Runner's doublestar library gives them:
 * `*`, `?`, `[a-z]`, `[!a-z]`, `{a,b}`, `\`, and `**` as a whole path component; a leading dot is nothing special.
 * Not by regular expressions: a job's author must not be able to keep the agent busy with `*a*a*a*a*b`.
 */

/** Whether `path` has to be matched against names, or is a name itself. */
export function isPattern(path: string): boolean {
  return /[*?[{]/.test(path);
}

/**
 * `path` (a name or a pattern; relative to the project directory, or absolute) made relative to it, without `./`, `..`
 * and a slash at the end; "." for the directory itself. null when it leads outside.
 */
export function relativeToProject(path: string, projectDir: string): string | null {
  const { base, rest } = splitPattern(path);
  const relative = posix.relative(posix.normalize(projectDir), posix.resolve(projectDir, base));
  if (relative === ".." || relative.startsWith("../")) return null;
  const joined = posix.join(relative, rest).replace(/\/$/, "");
  // A way up behind a wildcard takes the wildcard with it, and what comes before.
  if (joined === ".." || joined.startsWith("../")) return null;
  return joined === "" ? "." : joined;
}

/** The directory that all matches of a pattern lie in: what comes before the first component with a wildcard; "" for none. */
export function splitPattern(pattern: string): { readonly base: string; readonly rest: string } {
  const wildcard = pattern.search(/[*?[{]/);
  if (wildcard < 0) return { base: pattern, rest: "" };
  const slash = pattern.lastIndexOf("/", wildcard);
  return { base: slash < 0 ? "" : pattern.slice(0, slash) || "/", rest: pattern.slice(slash + 1) };
}

const longestShown = 500;

type Matcher = (text: string) => boolean;

/** Says of relative paths ("." for the directory itself) whether the pattern matches them. Throws AgentError GLOB (audience author) for a pattern that makes no sense. */
export function globMatcher(pattern: string): Matcher {
  const alternatives = expandBraces(pattern);
  if (!alternatives.ok) throw malformed(pattern, alternatives.problem);
  const matchers = alternatives.patterns.map(pathMatcher);
  return (path) => matchers.some((matches) => matches(path));
}

function pathMatcher(pattern: string): Matcher {
  const steps = pattern.split("/").map((part) => (part === "**" ? "**" : nameMatcher(part, pattern)));
  return (path) => {
    // The directory that is looked through has no name of its own: `**` means it too, `.*` and `?` don't.
    const names = path === "." ? [] : path.split("/");
    return matchSequence(
      steps,
      names.length,
      (step) => step === "**",
      (step, at) => step !== "**" && step(names[at] ?? ""),
    );
  };
}

interface Token {
  readonly star: boolean;
  readonly accepts: (char: string) => boolean;
}

function nameMatcher(part: string, pattern: string): Matcher {
  const tokens = tokenize(Array.from(part), pattern);
  return (name) => {
    const chars = Array.from(name);
    return matchSequence(
      tokens,
      chars.length,
      (token) => token.star,
      (token, at) => token.accepts(chars[at] ?? ""),
    );
  };
}

function tokenize(chars: readonly string[], pattern: string): Token[] {
  const tokens: Token[] = [];
  for (let index = 0; index < chars.length; index++) {
    const char = chars[index] ?? "";
    if (char === "*") tokens.push({ star: true, accepts: () => true });
    else if (char === "?") tokens.push({ star: false, accepts: () => true });
    else if (char === "[") {
      const { accepts, end } = characterClass(chars, index + 1, pattern);
      tokens.push({ star: false, accepts });
      index = end;
    } else {
      const literal = char === "\\" ? chars[++index] : char;
      if (literal === undefined) throw malformed(pattern, "nothing follows its last backslash");
      tokens.push({ star: false, accepts: (other) => other === literal });
    }
  }
  return tokens;
}

function characterClass(chars: readonly string[], start: number, pattern: string): { accepts: Matcher; end: number } {
  const negated = chars[start] === "!" || chars[start] === "^";
  const ranges: { readonly low: string; readonly high: string }[] = [];
  let index = negated ? start + 1 : start;
  if (chars[index] === "]") throw malformed(pattern, "a bracket is empty");
  const take = () => chars[chars[index] === "\\" ? ++index : index] ?? "";
  for (; index < chars.length; index++) {
    if (chars[index] === "]") {
      return { accepts: (char) => ranges.some(({ low, high }) => low <= char && char <= high) !== negated, end: index };
    }
    const low = take();
    const isRange = chars[index + 1] === "-" && chars[index + 2] !== "]";
    if (isRange) index += 2;
    ranges.push({ low, high: isRange ? take() : low });
  }
  throw malformed(pattern, "a bracket is never closed");
}

/**
 * Whether the steps account for all of a sequence, when those of one kind stand for any number of its items. Going back
 * to the last of these only is enough, so the time grows with steps times items and no faster.
 */
function matchSequence<T>(
  steps: readonly T[],
  length: number,
  isStar: (step: T) => boolean,
  accepts: (step: T, at: number) => boolean,
): boolean {
  let step = 0;
  let at = 0;
  let starStep = -1;
  let starAt = 0;
  for (;;) {
    const current = steps[step];
    if (current !== undefined && isStar(current)) {
      starStep = step++;
      starAt = at;
    } else if (at < length && current !== undefined && accepts(current, at)) {
      step++;
      at++;
    } else if (at === length && current === undefined) {
      return true;
    } else if (starStep >= 0 && starAt < length) {
      step = starStep + 1;
      at = ++starAt;
    } else {
      return false;
    }
  }
}

function malformed(pattern: string, why: string): AgentError {
  const shown = pattern.length > longestShown ? `${pattern.slice(0, longestShown)}...` : pattern;
  return new AgentError("GLOB", `the pattern "${shown}" cannot be used: ${why}`, {
    hint: "Write a literal [, {, * or ? with a backslash before it.",
    audience: "author",
  });
}
