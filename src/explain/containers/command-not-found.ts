import type { Rule } from "../rule.ts";
import { adviceFor } from "./command-hints.ts";
import { findLine, lastLines, lineOf } from "./ending.ts";

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
/** What `docker run IMAGE COMMAND` ends with, 127 as well. */
const inContainer: readonly RegExp[] = [
  /exec: \\?"(?<command>[^"\\]+)\\?": (?:executable file not found in \$PATH|stat \S+: no such file or directory)/,
];

/** Exit code 127: a shell looked for a command and did not find it. */
export const commandNotFound: Rule = {
  name: "command-not-found",
  of: "failed",
  explain: (evidence) => {
    if (evidence.failure?.exitCode !== codeOfNotFound) return null;
    const lines = lastLines(evidence, 12);
    const { image } = evidence.build;
    const container = findLine(lines, inContainer);
    if (container !== null) {
      const command = container.groups?.["command"] as string;
      return {
        cause: `the image that the job's docker started has no program ${command}`,
        seen: lineOf(container),
        author:
          "look at the command after the image's name, and at CMD and ENTRYPOINT of its Dockerfile; is the program on its PATH?",
        admin: "",
      };
    }
    const named = findLine(lines, signs);
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
