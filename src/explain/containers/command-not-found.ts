import type { Rule } from "../rule.ts";
import { adviceFor } from "./command-hints.ts";
import { findLine, lastLines, lineOf, ownLines } from "./ending.ts";

const codeOfNotFound = 127;
/** bash and zsh; busybox and dash, whose `line N` and `N` may be missing. A name with a slash is a path. */
const signs: readonly RegExp[] = [
  /(?:^|: )(?<command>[^\s:/]+): command not found$/,
  /^zsh:\d+: command not found: (?<command>[^\s:/]+)$/,
  /^(?:\S*sh|\S+): (?:eval: )?(?:line )?(?:\d+: )?(?<command>[^\s:/]+): not found$/,
];
const paths: readonly RegExp[] = [
  /^\S+: line \d+: (?<path>[^\s:]*\/[^\s:]*): No such file or directory$/,
  /^\S*sh: (?:eval: )?(?:line )?(?:\d+: )?(?<path>[^\s:]*\/[^\s:]*): not found$/,
];
/** make ends with 2 whatever its recipe ended with, and starts simple commands itself. */
const codeOfMake = 2;
const made = /^g?make(?:\[\d+\])?: \*\*\* \[.{0,300}\] Error 127$/;
const ofMake = /^g?make(?:\[\d+\])?: (?<command>[^\s:/]+): No such file or directory$/;
/** Compose ends with 1. */
const composed = /^Error response from daemon: .{0,200}failed to create task for container/;
/** What `docker run IMAGE COMMAND` ends with, 127 as well. */
const inContainer: readonly RegExp[] = [
  /^(?:.{0,60}Error response from daemon: |OCI runtime exec failed: ).*exec: \\?"(?<command>[^"\\]+)\\?": (?:executable file not found in \$PATH|stat \S+: no such file or directory)/,
];

/** Exit code 127: a shell looked for a command and did not find it. */
export const commandNotFound: Rule = {
  name: "command-not-found",
  of: "failed",
  explain: (evidence) => {
    const exitCode = evidence.failure?.exitCode ?? null;
    if (exitCode === null) return null;
    const { image } = evidence.build;
    const container = findLine(lastLines(evidence, 5), inContainer);
    if (container !== null && (exitCode === codeOfNotFound || composed.test(container.input))) {
      const command = container.groups?.["command"] as string;
      return {
        cause: `the image that the job's docker started has no program ${command}`,
        seen: lineOf(container),
        author:
          "look at the command after the image's name, and at CMD and ENTRYPOINT of its Dockerfile; is the program on its PATH?",
        admin: "",
      };
    }
    const lines = ownLines(evidence, 12);
    const isMade = exitCode === codeOfMake && lines.slice(-3).some((line) => made.test(line));
    if (exitCode !== codeOfNotFound && !isMade) return null;
    const named = findLine(lines, isMade ? [...signs, ofMake] : signs);
    if (named !== null) {
      const command = named.groups?.["command"] as string;
      return {
        cause: `the command ${command} was not found in the image ${image}`,
        seen: lineOf(named),
        ...adviceFor(command, evidence),
      };
    }
    const path = findLine(lines, paths);
    if (path === null) return null;
    const file = path.groups?.["path"] as string;
    return {
      cause: `there is no file ${file} where the script calls it`,
      seen: lineOf(path),
      author:
        "is it committed (git ls-files), made by an earlier job (artifacts:), spelled so? The script starts in $CI_PROJECT_DIR",
      admin: "",
    };
  },
};
