import { randomBytes } from "node:crypto";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import type { JobParts } from "../../src/coordinator/embedded/job-record.ts";
import { jobPayloadSchema } from "../../src/coordinator/job-payload.ts";
import { shortToken } from "../../src/coordinator/token.ts";
import type { Engine } from "../../src/docker/engine.ts";
import { statePathOf } from "../../src/journal/state-path.ts";
import { type ScriptJob, scriptJob, type TestCoordinator } from "./coordinator.ts";
import { type CustomJob, CustomRun, type Meddler } from "./custom-run.ts";
import { connectEngine, engineHost, images, objectsOf, removeReusable } from "./engine.ts";

export interface CustomRunnerOptions {
  readonly coordinator: TestCoordinator;
  /** Lines of the driver's [runners.docker], its tables last. */
  readonly docker?: string;
  /** The builds lie below the runner's directory, for wirings that bind them from the daemon's host. */
  readonly hostBuilds?: boolean;
  readonly host?: string;
  /** `environment` of the calling runner's own entry. */
  readonly environment?: Readonly<Record<string, string>>;
}

/** A function gets the token that the job will have. */
type CustomTask = ScriptJob | ((token: string) => JobParts);

/** A strict stand-in of a GitLab Runner with executor = "custom", whose driver is `longshore custom`. */
export interface CustomRunner extends AsyncDisposable {
  readonly agentId: string;
  readonly engine: Engine;
  /** Directories of the jobs that the driver has in hand. */
  sessions(): Promise<readonly string[]>;
  /** Takes the job and sees it through, `cleanup` included. */
  run(job: CustomTask, meddle?: Meddler): Promise<CustomJob>;
  /** Takes a job, calls `config` and `prepare`, and is gone after that. */
  abandon(job: CustomTask, meddle?: Meddler): Promise<void>;
}

export async function startCustomRunner(options: CustomRunnerOptions): Promise<CustomRunner> {
  const { coordinator } = options;
  const root = await mkdtemp(join(tmpdir(), "longshore-test-"));
  const stateDir = join(root, "state");
  const config = join(root, "driver.toml");
  await writeFile(config, driverConfig(options, root));
  const statePath = await statePathOf(stateDir, `${config}.custom`);
  const agentId = basename(statePath);
  const tag = `custom-${randomBytes(4).toString("hex")}`;
  const { token } = coordinator.addRunner({ description: tag, tags: [tag], runUntagged: false });
  const engine = connectEngine();
  const flags = ["--config", config, "--state-dir", stateDir];

  const take = async (job: CustomTask) => {
    const handle = await coordinator.addJob(typeof job === "function" ? ({ token: own }) => job(own) : scriptJob(job), {
      tags: [tag],
    });
    const answer = await fetch(`${coordinator.url}/api/v4/jobs/request`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ token, info: { features: { cancel_gracefully: true } } }),
    });
    const text = await answer.text();
    const directory = await mkdtemp(join(root, "custom-executor"));
    await writeFile(join(directory, "response.json"), text, { mode: 0o600 });
    return new CustomRun(handle, jobPayloadSchema.parse(JSON.parse(text)), directory, {
      FF_NETWORK_PER_BUILD: "false",
      CI_RUNNER_SHORT_TOKEN: shortToken(token),
      CI_CONCURRENT_ID: "0",
      CI_CONCURRENT_PROJECT_ID: "0",
      CI_SERVER_URL: coordinator.url,
      ...options.environment,
    });
  };
  const report = async ({ payload }: CustomRun, result: Pick<CustomJob, "state" | "failureReason" | "exitCode">) => {
    await fetch(`${coordinator.url}/api/v4/jobs/${payload.id}`, {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({
        token: payload.token,
        state: result.state,
        failure_reason: result.failureReason,
        exit_code: result.exitCode,
      }),
    });
  };
  return {
    agentId,
    engine,
    sessions: () => readdir(join(statePath, "sessions")).catch(() => []),
    run: async (job, meddle) => {
      const taken = await take(job);
      const result = await taken.run(flags, meddle);
      await report(taken, result);
      return result;
    },
    abandon: async (job, meddle) => {
      const taken = await take(job);
      await taken.prepare(flags, meddle);
      await report(taken, { state: "failed", failureReason: "runner_system_failure", exitCode: 0 });
      await rm(taken.directory, { recursive: true });
    },
    [Symbol.asyncDispose]: async () => {
      await removeReusable(engine, agentId);
      const left = await objectsOf(engine, agentId);
      await rm(root, { recursive: true, force: true });
      const kinds = Object.entries(left).filter(([, ids]) => (ids as readonly string[]).length > 0);
      if (kinds.length > 0) throw new Error(`left on the engine: ${JSON.stringify(Object.fromEntries(kinds))}`);
    },
  };
}

function driverConfig(
  { docker = "", host = engineHost, hostBuilds = false }: CustomRunnerOptions,
  root: string,
): string {
  // No url and no token: the calling runner has them.
  return `[[runners]]
name = "driver"
executor = "docker"
${hostBuilds ? `builds_dir = "${root}/builds"` : ""}
[runners.docker]
host = "${host}"
image = "${images.base}"
helper_image = "${images.helper}"
pull_policy = "if-not-present"
${docker}
`;
}
