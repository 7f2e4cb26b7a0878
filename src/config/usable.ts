import { AgentError } from "../support/errors.ts";
import { type AgentConfig, usableRunners } from "./schema.ts";

/**
 * Throws AgentError CONFIG_NO_RUNNER (exit code 2) when there are entries and none can take jobs. A file without
 * entries is fine: an agent waits for the first one to be registered.
 */
export function requireUsableRunner(config: AgentConfig, file: string): void {
  const [problem] = config.runners.flatMap((runner) => (runner.problem ? [runner.problem] : []));
  if (!problem || usableRunners(config).length > 0) return;
  throw new AgentError("CONFIG_NO_RUNNER", `${file}: no runner can take jobs: ${problem.message}`, {
    hint: problem.hint,
    exitCode: 2,
  });
}
