import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shortToken } from "../../src/coordinator/token.ts";
import { configText, startTestAgent, type TestRunner } from "../support/agent.ts";
import type { TestCoordinator } from "../support/coordinator.ts";
import { type JobRuns, jobRuns } from "../support/job-runs.ts";

/** By hand: another runner that takes `run --config FILE`, the helper image it wants, and lines for its feature flags. */
const other = process.env["CONFORMANCE_RUNNER"];
const otherHelper = process.env["CONFORMANCE_HELPER_IMAGE"];
const otherFlags = process.env["CONFORMANCE_FLAGS"] ?? "";

/** Whether the suite is asked of another runner than Longshore. */
export const isOther = other !== undefined;

/** Jobs at once. */
const concurrent = 3;
const graceMs = 20_000;

export type ContainerType = "build" | "predefined" | "service";

const prefix = "com.gitlab.gitlab-runner";

/**
 * By what the containers of a job are found. GitLab Runner before 18.2 keeps `t1_` in the short token, and some
 * versions write a service's labels under the prefix of labels twice.
 */
export function labelsOf(token: string) {
  return (jobId: number, type: ContainerType): readonly (readonly string[])[] => {
    const short = shortToken(token);
    const labels = (id: string, ofType: string) => [
      `${prefix}.runner.id=${id}`,
      `${prefix}.job.id=${jobId}`,
      `${ofType}.type=${type}`,
    ];
    if (other === undefined) return [labels(short, prefix)];
    const ids = new Set([short, token.replace(/^glrt-/, "").slice(0, short.length)]);
    return [...ids].flatMap((id) => [labels(id, prefix), labels(id, `${prefix}.${prefix}`)]);
  };
}

/** What GitLab Runner before 19.1 says in place of the reasons that it has since. */
const olderReasons: Readonly<Record<string, readonly string[]>> = {
  runner_configuration_error: ["script_failure", "image_pull_failure", "runner_system_failure"],
  runner_external_dependency_failure: ["image_pull_failure", "runner_system_failure"],
};

/** A job's failure reason; of another runner, the wanted one where it says that in older words. */
export function reasonOf({ failureReason }: { readonly failureReason: string }, wanted: string): string {
  return other !== undefined && olderReasons[wanted]?.includes(failureReason) === true ? wanted : failureReason;
}

export type RunnerUnderTest = JobRuns & AsyncDisposable;

/** Starts Longshore in this process, or the other runner as a process; disposing of Longshore asserts that nothing is left. */
export async function startRunner(
  coordinator: TestCoordinator,
  runners: readonly TestRunner[],
): Promise<RunnerUnderTest> {
  if (other === undefined) return startTestAgent({ coordinator, runners, concurrent });
  const directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
  const config = join(directory, "config.toml");
  const entries = runners.map(({ flags = "FF_TIMESTAMPS = false", ...each }) => ({
    ...each,
    ...(otherHelper === undefined ? {} : { helperImage: otherHelper }),
    flags: `${flags}\n${otherFlags}`,
  }));
  const text = configText({ coordinator, runners: entries, concurrent }, directory);
  await writeFile(config, `check_interval = 1\n${text}`, { mode: 0o600 });
  const child = spawn(other, ["run", "--config", config], { stdio: ["ignore", "inherit", "inherit"] });
  const ended = once(child, "exit");
  return {
    ...unpadded(jobRuns(coordinator)),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGQUIT");
      const patience = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await ended;
      clearTimeout(patience);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** GitLab Runner's helper fills its lines up with blanks. */
function unpadded(runs: JobRuns): JobRuns {
  const ended: JobRuns["ended"] = async (job, limitMs) => {
    const { log, ...rest } = await runs.ended(job, limitMs);
    return { ...rest, log: log.replaceAll(/ +$/gm, "") };
  };
  return { ...runs, ended, run: async (job, tag) => ended(await runs.start(job, tag)) };
}
