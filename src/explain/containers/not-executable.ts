import type { Rule } from "../rule.ts";
import { findLine, lastLines, lineOf, ownLines } from "./ending.ts";

const codeOfNotExecutable = 126;
const signs: readonly RegExp[] = [
  /^\S+: (?:eval: )?(?:line )?(?:\d+: )?(?<file>[^\s:]+): Permission denied$/,
  /^\S*env: [^\w./]*(?<file>[\w./+-]+)[^\w]*: Permission denied$/,
];
const inContainer: readonly RegExp[] = [
  /^(?:.{0,60}Error response from daemon: |OCI runtime exec failed: ).*exec: \\?"(?<file>[^"\\]+)\\?": permission denied/,
];

/** Exit code 126: the file is there, and may not be run. */
export const notExecutable: Rule = {
  name: "not-executable",
  of: "failed",
  explain: (evidence) => {
    if (evidence.failure?.exitCode !== codeOfNotExecutable) return null;
    const container = findLine(lastLines(evidence, 12), inContainer);
    const match = container ?? findLine(ownLines(evidence, 12), signs);
    if (match === null) return null;
    const file = match.groups?.["file"] as string;
    return {
      cause: `${file}${container === null ? "" : ", in the image that the job's docker started,"} is not executable`,
      seen: lineOf(match),
      author:
        container === null
          ? `git update-index --chmod=+x ${file}, and commit; or call its shell: sh ${file}`
          : `RUN chmod +x ${file} in its Dockerfile; a bind mount needs the mode on the file itself`,
      admin: "",
    };
  },
};
