import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configText, startTestAgent, type TestRunner } from "../support/agent.ts";
import type { TestCoordinator } from "../support/coordinator.ts";
import { type JobRuns, jobRuns } from "../support/job-runs.ts";

/** By hand: another runner that takes `run --config FILE`, and the helper image it wants. */
const other = process.env["CONFORMANCE_RUNNER"];
const otherHelper = process.env["CONFORMANCE_HELPER_IMAGE"];

/** Whether the suite is asked of another runner than Longshore. */
export const isOther = other !== undefined;

/** Jobs at once. */
const concurrent = 3;
const graceMs = 20_000;

export type RunnerUnderTest = JobRuns & AsyncDisposable;

/** Starts Longshore in this process, or the other runner as a process; disposing of Longshore asserts that nothing is left. */
export async function startRunner(
  coordinator: TestCoordinator,
  runners: readonly TestRunner[],
): Promise<RunnerUnderTest> {
  if (other === undefined) return startTestAgent({ coordinator, runners, concurrent });
  const directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
  const config = join(directory, "config.toml");
  const entries = otherHelper === undefined ? runners : runners.map((each) => ({ ...each, helperImage: otherHelper }));
  await writeFile(config, configText({ coordinator, runners: entries, concurrent }, directory), { mode: 0o600 });
  const child = spawn(other, ["run", "--config", config], { stdio: ["ignore", "inherit", "inherit"] });
  const ended = once(child, "exit");
  return {
    ...jobRuns(coordinator),
    [Symbol.asyncDispose]: async () => {
      child.kill("SIGQUIT");
      const patience = setTimeout(() => child.kill("SIGKILL"), graceMs);
      await ended;
      clearTimeout(patience);
      await rm(directory, { recursive: true, force: true });
    },
  };
}
