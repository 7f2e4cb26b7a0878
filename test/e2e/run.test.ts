import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { JobHandle } from "../../src/coordinator/embedded/job-record.ts";
import { shortToken } from "../../src/coordinator/token.ts";
import { findObjects } from "../../src/docker/sweep.ts";
import { finished, scriptJob, startTestCoordinator, type TestCoordinator } from "../support/coordinator.ts";
import { connectEngine, engineHost, images } from "../support/engine.ts";

const cli = join(import.meta.dirname, "../../src/cli.ts");
const engine = connectEngine();
let coordinator: TestCoordinator;

beforeAll(async () => {
  coordinator = await startTestCoordinator();
});
afterAll(async () => {
  const left = await Promise.all(coordinator.jobs().map(leftOf));
  await coordinator.close();
  expect(left.flat()).toEqual([]);
});

/** `longshore run` as a process of its own. */
class RunningAgent implements AsyncDisposable {
  readonly config: string;
  readonly directory: string;
  readonly #child: ChildProcess;
  readonly #exit: Promise<[number | null]>;
  #log = "";

  private constructor(directory: string, config: string) {
    this.directory = directory;
    this.config = config;
    this.#child = spawn(process.execPath, [cli, "run", "--config", config, "--state-dir", join(directory, "state")], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#child.stderr?.on("data", (chunk: Buffer) => {
      this.#log += chunk.toString();
    });
    this.#exit = once(this.#child, "close") as Promise<[number | null]>;
  }

  static async start(extra = ""): Promise<RunningAgent> {
    const directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
    const config = join(directory, "config.toml");
    await writeFile(config, configText(1, extra));
    return new RunningAgent(directory, config);
  }

  get log(): string {
    return this.#log;
  }

  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  async exitCode(): Promise<number | null> {
    return (await this.#exit)[0];
  }

  /** Resolves when the agent's log holds the text. */
  async says(text: string): Promise<void> {
    while (!this.#log.includes(text)) {
      const more = once(this.#child.stderr as NodeJS.EventEmitter, "data", { signal: AbortSignal.timeout(60_000) });
      await Promise.race([more, this.#exit]);
      if (this.#child.exitCode !== null && !this.#log.includes(text))
        throw new Error(`ended without "${text}":\n${this.#log}`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) this.signal("SIGKILL");
    await this.#exit;
    await rm(this.directory, { recursive: true, force: true });
  }
}

function configText(concurrent: number, extra = ""): string {
  return `concurrent = ${concurrent}
${extra}
# The admin's own words.
[[runners]]
name = "process"
url = "${coordinator.url}"
token = "${coordinator.runner.token}"
executor = "docker"
[runners.docker]
host = "${engineHost}"
image = "${images.base}"
helper_image = "${images.helper}"
pull_policy = "if-not-present"
`;
}

/** A job that prints its first line and then waits until it is told to end, or for ten minutes. */
const patient = ["echo 'the job waits'", "sleep 600 & wait $!"];
const brief = ["echo 'the job waits'", "sleep 3", "echo 'and ends'"];

async function begun(job: JobHandle): Promise<void> {
  const shows = async () => (await job.readTrace()).includes("the job waits\n") || job.finished;
  while (!(await shows())) {
    await coordinator.waitFor(job.id, (known) => known.finished || known.traceSize > 0, AbortSignal.timeout(60_000));
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** What is on the engine of a job of this file's runner. */
async function leftOf(job: JobHandle): Promise<readonly string[]> {
  const runner = `com.gitlab.gitlab-runner.runner.id=${shortToken(coordinator.runner.token)}`;
  const found = await findObjects(engine, [`dev.longshore.job=${job.id}`, runner], AbortSignal.timeout(60_000));
  return [...found.containers, ...found.networks, ...found.volumes];
}

it("SIGQUIT takes no more jobs, lets the running one end, and exits with 0", async () => {
  await using agent = await RunningAgent.start();
  const job = await coordinator.addJob(scriptJob({ script: brief }));
  await begun(job);
  agent.signal("SIGQUIT");
  const { log } = await finished(coordinator, job);
  expect(job.state).toBe("success");
  expect(log).toContain("and ends");
  expect(await agent.exitCode()).toBe(0);
  expect(await leftOf(job)).toEqual([]);
});

it("SIGTERM ends the running job, reports it, cleans up, and exits with 0", async () => {
  await using agent = await RunningAgent.start();
  const job = await coordinator.addJob(scriptJob({ script: patient }));
  await begun(job);
  agent.signal("SIGTERM");
  await finished(coordinator, job);
  expect([job.state, job.failureReason]).toEqual(["failed", "runner_interrupted"]);
  expect(await agent.exitCode()).toBe(0);
  expect(await leftOf(job)).toEqual([]);
});

it("a changed file and SIGHUP reload the settings; a broken file is reported and the old ones stay", async () => {
  await using agent = await RunningAgent.start();
  await agent.says("Starting longshore");
  await agent.says("Docker daemon answers");
  await writeFile(agent.config, configText(2));
  await agent.says("Configuration loaded");
  await writeFile(agent.config, configText(2).replace('name = "process"', "name = process"));
  agent.signal("SIGHUP");
  await agent.says("Configuration not loaded, the old one stays");
  expect(agent.log).toContain("config.toml:5:");
  await writeFile(agent.config, configText(2).replace("[runners.docker]", '[runners.docker]\nmac_address = "none"'));
  agent.signal("SIGHUP");
  await agent.says('docker.mac_address: invalid MAC address "none"');
  const job = await coordinator.addJob(scriptJob({ script: ["echo still here"] }));
  await finished(coordinator, job);
  expect(job.state).toBe("success");
  expect(await readFile(agent.config, "utf8")).toContain("# The admin's own words.");
  agent.signal("SIGQUIT");
  expect(await agent.exitCode()).toBe(0);
});

it("serves GitLab Runner's metrics on listen_address", async () => {
  await using agent = await RunningAgent.start('listen_address = "127.0.0.1:0"');
  await agent.says("Metrics server listening on ");
  const address = /Metrics server listening on (\S+)/.exec(agent.log)?.[1] ?? "";
  const job = await coordinator.addJob(scriptJob({ script: ["exit 3"] }));
  await finished(coordinator, job);
  agent.signal("SIGQUIT");
  const text = await (await fetch(`http://${address}/metrics`)).text();
  expect(text).toMatch(/^gitlab_runner_jobs_total 1$/m);
  expect(text).toMatch(/^gitlab_runner_failed_jobs_total\{failure_reason="script_failure"\} 1$/m);
  expect(text).toMatch(/^gitlab_runner_concurrent 1$/m);
  expect(await agent.exitCode()).toBe(0);
});

it("a second agent on the same configuration refuses to start and names the first", async () => {
  await using agent = await RunningAgent.start();
  await agent.says("Docker daemon answers");
  const second = spawn(
    process.execPath,
    [cli, "run", "--config", agent.config, "--state-dir", join(agent.directory, "state")],
    {
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  let log = "";
  second.stderr.on("data", (chunk: Buffer) => {
    log += chunk.toString();
  });
  const [code] = (await once(second, "close")) as [number];
  expect(code).not.toBe(0);
  expect(log).toMatch(/ERROR: .*pid \d+/i);
  expect(log).toContain("[STATE_LOCKED]");
});
