import type { RunnerConfig } from "../config/schema.ts";
import { Daemons } from "../daemon/daemons.ts";
import { hostProbe } from "../executor/prepare.ts";
import type { CheckResult } from "./check.ts";
import { stateDirectoryCheck } from "./checks/state-directory.ts";
import { DoctorContext, type DoctorSettings } from "./doctor-context.ts";
import { entryChecks } from "./entry-checks.ts";
import { runChecks } from "./run-checks.ts";

/** For all checks of an entry together. Removing what they made comes after it. */
const limitMs = 13_500;
/** Each starts a handful of containers. */
const entriesAtOnce = 3;

export interface EntryReport {
  readonly runner: RunnerConfig;
  readonly checks: readonly CheckResult[];
}

export interface Examination {
  /** Of the machine, whatever the entries. */
  readonly machine: readonly CheckResult[];
  readonly entries: readonly EntryReport[];
}

/**
 * Examines these entries, a few at a time. Whatever was made on their daemons is removed when this settles. Rejects only
 * with the signal's reason.
 */
export async function examine(
  options: Omit<DoctorSettings, "daemons">,
  runners: readonly RunnerConfig[],
  signal: AbortSignal,
): Promise<Examination> {
  const settings: DoctorSettings = {
    ...options,
    // As the agent looks at its daemons' hosts.
    daemons: new Daemons((docker, facts) => hostProbe(options.agentId, docker.helper_image ?? "", facts.architecture)),
  };
  const machine = runChecks([stateDirectoryCheck], settings, settings.clock, AbortSignal.timeout(limitMs), signal);
  const waiting = [...runners.entries()];
  const entries: EntryReport[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [position, runner] = next;
      entries[position] = { runner, checks: await examineEntry(settings, runner, signal) };
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: entriesAtOnce }, work));
  signal.throwIfAborted();
  for (const worker of workers) if (worker.status === "rejected") throw worker.reason;
  return { machine: await machine, entries };
}

async function examineEntry(
  settings: DoctorSettings,
  runner: RunnerConfig,
  signal: AbortSignal,
): Promise<CheckResult[]> {
  const deadline = AbortSignal.timeout(limitMs);
  await using context = new DoctorContext(settings, runner, AbortSignal.any([signal, deadline]));
  return await runChecks(entryChecks, context, settings.clock, deadline, signal);
}
