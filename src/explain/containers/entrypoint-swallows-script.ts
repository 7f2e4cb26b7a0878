import type { Evidence } from "../evidence.ts";
import { omitted } from "../quotes.ts";
import type { Finding, Rule } from "../rule.ts";
import { lastLines, nothingRan } from "./ending.ts";

/** What comes before the first command, and shows that a shell reads the script: the runner's own words, and that shell's. */
const own =
  /^(?:ERROR: the project directory |shell not found$|(?:\/\S*\/)?(?:ba|a|da)?sh: (?:eval: )?(?:line )?\d+: )/;

/** An entrypoint that takes the shell for its own arguments, or that fails before it gets to it. */
export const entrypointSwallowsScript: Rule = {
  name: "entrypoint-swallows-script",
  of: "failed",
  explain: (evidence) => {
    const { exitCode, reason } = evidence.failure ?? { exitCode: null, reason: "" };
    const isHanging = reason === "job_execution_timeout" && evidence.output.length > 0;
    if (exitCode === null && !isHanging) return null;
    return describe(
      evidence,
      exitCode === null ? "went on until the job's time was over" : `ended with exit code ${exitCode}`,
    );
  },
};

/** The same with an exit code of 0: a job that succeeds and did nothing. */
export const scriptNotRun: Rule = {
  name: "script-not-run",
  of: "any",
  explain: (evidence) => (evidence.failure === null ? describe(evidence, "ended with exit code 0") : null),
};

function describe(evidence: Evidence, end: string): Finding | null {
  const { image, entrypoint } = evidence.build;
  if (entrypoint.length === 0 || !nothingRan(evidence) || evidence.output.some((line) => own.test(line))) return null;
  const last = lastLines(evidence, 5).findLast((line) => line !== omitted);
  return {
    cause: `the entrypoint of the image ${image} (${entrypoint.join(" ")}) ${end} and did not run a line of the script`,
    seen: last ?? "no command of the script was begun, and nothing was printed",
    author: `image: { name: "${image}", entrypoint: [""] }`,
    admin: "",
  };
}
