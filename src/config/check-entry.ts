import { AgentError } from "../support/errors.ts";
import { formatPath, keyTree, type KeyPath } from "./key-tree.ts";
import { sortKeys } from "./known-keys.ts";
import { describeIssue, type Problem } from "./problem.ts";
import { resolveRunner, type Surroundings } from "./resolve.ts";
import { runnerSchema } from "./schema-runner.ts";
import type { RunnerConfig } from "./schema.ts";

const nodes = keyTree(runnerSchema);

/**
 * A [[runners]] entry that is not in a file yet: from flags, variables, a template. `nameOf` says how a key was given
 * ("--docker-pull-policy"); null leaves its path. Throws AgentError as parseConfig does, without a line.
 */
export function checkEntry(
  entry: Readonly<Record<string, unknown>>,
  nameOf: (path: KeyPath) => string | null,
  surroundings: Surroundings,
): RunnerConfig {
  const { value } = sortKeys(entry, nodes);
  const validated = runnerSchema.safeParse(value);
  if (!validated.success) {
    const [issue] = validated.error.issues;
    if (issue) throw entryError(describeIssue(issue, value, nodes), nameOf);
    throw validated.error;
  }
  const { runner, problems, faults } = resolveRunner(validated.data, 0, surroundings);
  const [problem] = [...problems, ...faults];
  if (problem) throw entryError({ ...problem, path: problem.path.slice(2) }, nameOf);
  if (runner.problem) {
    const { code, hint } = runner.problem;
    const { name, text } = found(code, runner);
    throw new AgentError(code, `${nameOf([name]) ?? name}: ${text}`, { hint, exitCode: 2 });
  }
  return runner;
}

function found(code: string, { executor, shell }: RunnerConfig): { name: string; text: string } {
  switch (code) {
    case "CONFIG_EXECUTOR":
      return {
        name: "executor",
        text: `found ${JSON.stringify(executor)}, but Longshore runs jobs in Docker only`,
      };
    case "CONFIG_SHELL":
      return { name: "shell", text: `found ${JSON.stringify(shell)}, but Longshore runs scripts in bash or sh only` };
    default:
      return { name: "token", text: "is missing" };
  }
}

function entryError({ code, path, text, hint }: Problem, nameOf: (path: KeyPath) => string | null): AgentError {
  const names = path.filter((part) => typeof part === "string");
  const given = nameOf(names) ?? nameOf(names.slice(0, -1)) ?? formatPath(path);
  return new AgentError(code, `${given}: ${text}`, { hint, exitCode: 2 });
}
