import { AgentError } from "../support/errors.ts";
import type { EntryFault } from "./parse.ts";
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

/**
 * The fault that would take away an entry that works, when `next` comes after `inUse`; undefined for none. Entries are
 * told by their tokens, which several may share: one of them that was faulty before takes nothing away.
 */
export function faultOfWorking(
  inUse: AgentConfig,
  { config: next, faults }: { readonly config: AgentConfig; readonly faults: readonly EntryFault[] },
): EntryFault | undefined {
  const countOf = (config: AgentConfig, token: string) =>
    usableRunners(config).filter((runner) => runner.token === token).length;
  return faults.find(({ index }) => {
    const token = next.runners[index]?.token ?? "";
    return countOf(next, token) < countOf(inUse, token);
  });
}
