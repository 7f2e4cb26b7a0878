import type { GivenVariable } from "../coordinator/embedded/pipeline-context.ts";
import { AgentError } from "../support/errors.ts";

/** `--var KEY=VALUE`, as often as it was given; a later one of the same key wins. Throws AgentError USAGE_FLAG. */
export function readVariables(written: readonly string[]): readonly GivenVariable[] {
  return [...pairsOf(written, "--var", "DEPLOY_TO=staging", /^([A-Za-z_]\w*)=(.*)$/s)].map(([key, value]) => ({
    key,
    value,
  }));
}

/** `--input NAME=VALUE`, likewise. */
export function readInputs(written: readonly string[]): ReadonlyMap<string, string> {
  return pairsOf(written, "--input", "replicas=3", /^([\w-]+)=(.*)$/s);
}

function pairsOf(written: readonly string[], flag: string, example: string, form: RegExp): ReadonlyMap<string, string> {
  const pairs = new Map<string, string>();
  for (const text of written) {
    const [, key, value] = form.exec(text) ?? [];
    if (key === undefined || value === undefined) {
      // What was written may be a secret whose key was forgotten.
      throw new AgentError(
        "USAGE_FLAG",
        `${flag}: found something else, expected ${flag === "--var" ? "KEY" : "NAME"}=VALUE`,
        {
          hint: `for example ${flag} ${example}`,
          exitCode: 2,
        },
      );
    }
    pairs.set(key, value);
  }
  return pairs;
}
