import type { Evidence } from "../evidence.ts";
import type { Rule } from "../rule.ts";
import { isOfReport } from "../reports.ts";
import { findLine, lineOf, ownLines } from "./ending.ts";

/** Node, Python, Go and others name the path; those that a relative one stands in are the shells' and coreutils'. */
const signs: readonly RegExp[] = [
  /EACCES: permission denied, \w+ '(?<path>[^']+)'/,
  /PermissionError: \[Errno 13\] Permission denied: '(?<path>[^']+)'/,
  /^(?:[\w-]+): (?:cannot|can't) [a-z ]+ ['‘]?(?<path>[^'’:]+)['’]?: Permission denied$/,
  /^\S*sh: (?:eval: )?(?:line )?\d+: (?:can't create )?(?<path>[^\s:]+): Permission denied$/,
  /(?:open|mkdir|create|unlink|remove|rename) (?<path>[^\s:]+): permission denied$/,
];
const writing = /mkdir|create|unlink|remove|rename|touch|write|copy/;
const notEntered = /^ERROR: the project directory (\S+) cannot be entered$/;
const dubious = /^fatal: (?:detected dubious ownership in repository at|unsafe repository \()\s*'(?<path>[^']+)'/;

/** The image's user is not root, and files of the project belong to somebody else. */
export const projectFilesDenied: Rule = {
  name: "project-files-denied",
  of: "failed",
  explain: (evidence) => {
    const { build, failure } = evidence;
    if (failure?.exitCode == null || isRoot(build.user)) return null;
    const lines = ownLines(evidence, 15);
    const isTested = lines.some(isOfReport);
    const match = findLine(lines, [notEntered]) ?? (isTested ? null : findLine(lines, signs));
    const path = match?.groups?.["path"] ?? match?.[1];
    if (match === null || path === undefined || !isOfProject(path, evidence)) return null;
    return {
      cause: `the job's user is ${build.user} (of the image ${build.image}), and may not ${writing.test(match.input) ? "write" : "use"} ${path}: it belongs to another user`,
      seen: lineOf(match),
      author: `image: { name: "${build.image}", docker: { user: root } }; or let what makes it use the same user: docker run --user "$(id -u):$(id -g)"`,
      admin: "",
    };
  },
};

/** Git refuses a repository that another user owns. */
export const dubiousOwnership: Rule = {
  name: "dubious-ownership",
  of: "failed",
  explain: (evidence) => {
    if (evidence.failure?.exitCode == null) return null;
    const match = findLine(ownLines(evidence, 15), [dubious]);
    const path = match?.groups?.["path"];
    if (match === null || path === undefined) return null;
    const user = evidence.build.user;
    return {
      cause: `git refuses ${path}, because another user owns it than ${isRoot(user) ? "the one that runs git" : `the job's (${user})`}`,
      seen: lineOf(match),
      author: `before_script: [git config --global --add safe.directory '${path}']`,
      admin: "",
    };
  },
};

function isRoot(user: string): boolean {
  return ["", "root", "0"].includes(user.split(":")[0] as string);
}

function isOfProject(path: string, { build }: Evidence): boolean {
  return !path.startsWith("/") || path === build.projectDir || path.startsWith(`${build.projectDir}/`);
}
