import type { RunnerConfig } from "../config/schema.ts";
import { Daemons } from "../daemon/daemons.ts";
import { hostProbe } from "../executor/prepare.ts";
import { orAborted } from "../support/or-aborted.ts";
import type { CheckResult } from "./check.ts";
import { stateDirectoryCheck } from "./checks/state-directory.ts";
import { DoctorContext, type DoctorSettings } from "./doctor-context.ts";
import { entryChecks } from "./entry-checks.ts";
import { runChecks } from "./run-checks.ts";

/** For all checks of all entries together. */
const limitMs = 12_000;
/** For the whole command: what the checks made is removed by then. */
const wholeLimitMs = 15_000;
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
  options: Omit<DoctorSettings, "daemons" | "removeBy">,
  runners: readonly RunnerConfig[],
  signal: AbortSignal,
): Promise<Examination> {
  const deadline = AbortSignal.timeout(limitMs);
  const over = new AbortController();
  const settings: DoctorSettings = {
    ...options,
    removeBy: AbortSignal.timeout(wholeLimitMs),
    // As the agent looks at its daemons' hosts.
    daemons: new Daemons(
      (docker, facts) => {
        const { agentId, boot, identity } = options;
        const { environment = [] } = runners.find((runner) => runner.docker === docker) ?? {};
        const owner = { agentId, boot, revision: identity.revision };
        return hostProbe(owner, docker, environment, facts.architecture);
      },
      AbortSignal.any([signal, deadline, over.signal]),
    ),
  };
  const machine = runChecks([stateDirectoryCheck], settings, settings.clock, deadline, signal);
  machine.catch(() => {});
  const waiting = [...runners.entries()];
  const entries: EntryReport[] = [];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [position, runner] = next;
      entries[position] = { runner, checks: await examineEntry(settings, runner, deadline, signal) };
    }
  };
  const workers = await Promise.allSettled(Array.from({ length: entriesAtOnce }, work));
  // A daemon's host may be looked at through a container, which is gone when that has ended.
  over.abort(new Error("the checks are over"));
  await orAborted(settings.daemons.ended(), settings.removeBy).catch(() => {});
  signal.throwIfAborted();
  for (const worker of workers) if (worker.status === "rejected") throw worker.reason;
  return { machine: await machine, entries };
}

async function examineEntry(
  settings: DoctorSettings,
  runner: RunnerConfig,
  deadline: AbortSignal,
  signal: AbortSignal,
): Promise<CheckResult[]> {
  if (deadline.aborted && !signal.aborted) {
    const fix = `longshore doctor --runner ${JSON.stringify(runner.name)}`;
    return [{ name: "entry", verdict: "skip", finding: "not examined in time", fix, seconds: 0 }];
  }
  await using context = new DoctorContext(settings, runner, AbortSignal.any([signal, deadline]));
  return await runChecks(entryChecks, context, settings.clock, deadline, signal);
}
