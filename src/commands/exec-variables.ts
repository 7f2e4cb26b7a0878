import type { GivenVariable } from "../coordinator/embedded/pipeline-context.ts";
import { AgentError } from "../support/errors.ts";

/** `--var KEY=VALUE`, as often as it was given; a later one of the same key wins. Throws AgentError USAGE_FLAG. */
export function readVariables(written: readonly string[]): readonly GivenVariable[] {
  const variables = new Map<string, string>();
  for (const text of written) {
    const [, key, value] = /^([A-Za-z_]\w*)=(.*)$/s.exec(text) ?? [];
    if (key === undefined || value === undefined) {
      // What was written may be a secret whose key was forgotten.
      throw new AgentError("USAGE_FLAG", "--var: found something else, expected KEY=VALUE", {
        hint: "for example --var DEPLOY_TO=staging",
        exitCode: 2,
      });
    }
    variables.set(key, value);
  }
  return [...variables].map(([key, value]) => ({ key, value }));
}
