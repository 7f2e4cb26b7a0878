import type { JobHandle, JobParts } from "../../src/coordinator/embedded/job-record.ts";
import type { RunnerRecord } from "../../src/coordinator/embedded/runner-store.ts";
import {
  startCoordinator,
  type CoordinatorOptions,
  type EmbeddedCoordinator,
} from "../../src/coordinator/embedded/server.ts";

/** A coordinator with one runner that takes every job; `await using` closes it. */
export interface TestCoordinator extends EmbeddedCoordinator, AsyncDisposable {
  readonly runner: RunnerRecord;
}

/** A free port on loopback, held polls short enough for tests that wait for a 204. */
export async function startTestCoordinator(options: CoordinatorOptions = {}): Promise<TestCoordinator> {
  const coordinator = await startCoordinator({ longPollMs: 2_000, ...options });
  const runner = coordinator.addRunner({ description: "test runner", tags: ["test"] });
  return { ...coordinator, runner, [Symbol.asyncDispose]: () => coordinator.close() };
}

/** Short forms for what most jobs of tests need; everything else goes into `parts`. */
export interface ScriptJob {
  readonly name?: string;
  readonly script: readonly string[];
  readonly afterScript?: readonly string[];
  readonly image?: string;
  readonly services?: readonly (string | { readonly name: string; readonly alias?: string })[];
  readonly variables?: Readonly<Record<string, string>>;
  /** Masked as well as set. */
  readonly secrets?: Readonly<Record<string, string>>;
  /** Paths of the archive artifact. */
  readonly artifacts?: readonly string[];
  readonly cache?: { readonly key: string; readonly paths: readonly string[] };
  /** Seconds. */
  readonly timeout?: number;
  readonly parts?: JobParts;
}

/** The payload of a job that runs a script without sources (GIT_STRATEGY=none comes by itself). */
export function scriptJob(job: ScriptJob): JobParts {
  const variable = (masked: boolean) =>
    function toVariable([key, value]: [string, string]) {
      return { key, value, public: !masked, file: false, masked, raw: false };
    };
  const steps = [{ name: "script", script: [...job.script], timeout: 3600, when: "on_success", allow_failure: false }];
  if (job.afterScript !== undefined) {
    steps.push({
      name: "after_script",
      script: [...job.afterScript],
      timeout: 3600,
      when: "always",
      allow_failure: true,
    });
  }
  return {
    ...(job.name === undefined ? {} : { job_info: { name: job.name, stage: "test", pipeline_id: 1, project_id: 1 } }),
    ...(job.image === undefined ? {} : { image: { name: job.image } }),
    services: (job.services ?? []).map((service) => (typeof service === "string" ? { name: service } : { ...service })),
    variables: [
      ...Object.entries(job.variables ?? {}).map(variable(false)),
      ...Object.entries(job.secrets ?? {}).map(variable(true)),
    ],
    steps,
    ...(job.artifacts === undefined
      ? {}
      : {
          artifacts: [
            { name: "artifacts", paths: [...job.artifacts], artifact_type: "archive", artifact_format: "zip" },
          ],
        }),
    ...(job.cache === undefined
      ? {}
      : { cache: [{ key: job.cache.key, paths: [...job.cache.paths], policy: "pull-push" }] }),
    ...(job.timeout === undefined ? {} : { runner_info: { timeout: job.timeout } }),
    ...job.parts,
  };
}

/** Waits for the end of a job and gives its log as text; fails after `limitMs` (default one minute). */
export async function finished(
  coordinator: EmbeddedCoordinator,
  job: JobHandle,
  limitMs = 60_000,
): Promise<{ readonly job: JobHandle; readonly log: string }> {
  await coordinator.waitFor(job.id, "finished", AbortSignal.timeout(limitMs));
  return { job, log: (await job.readTrace()).toString("utf8") };
}
