import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { startAgent } from "../../src/agent.ts";
import type { AgentHandle, AgentOptions } from "../../src/agent-options.ts";
import { parseConfig } from "../../src/config/parse.ts";
import type { JobHandle } from "../../src/coordinator/embedded/job-record.ts";
import type { WatchTimes } from "../../src/daemon/daemon-vigil.ts";
import type { Engine } from "../../src/docker/engine.ts";
import { findObjects } from "../../src/docker/sweep.ts";
import { agentLabel, jobLabel } from "../../src/job/labels.ts";
import type { JobReport } from "../../src/spans/job-report.ts";
import { otlpSettings } from "../../src/spans/otlp-settings.ts";
import { createLog } from "../../src/support/log.ts";
import type { TestCoordinator } from "./coordinator.ts";
import { connectEngine, engineHost, images, objectsOf, removeReusable } from "./engine.ts";
import { type JobRuns, jobRuns } from "./job-runs.ts";

/** One [[runners]] entry. */
export interface TestRunner {
  /** Jobs with this tag run on it; without one it takes the untagged jobs. */
  readonly tag?: string;
  /** Default: the engine under test. */
  readonly host?: string;
  readonly helperImage?: string;
  readonly image?: string;
  /** The builds lie below the agent's directory, for wirings that bind them from the daemon's host. */
  readonly hostBuilds?: boolean;
  /** Lines of [[runners]]. */
  readonly settings?: string;
  /** Lines of [runners.docker] about pull policies; default: pulled if not present. */
  readonly pullPolicy?: string;
  /** Lines of [runners.docker], its tables last. */
  readonly docker?: string;
  /** Lines of [runners.feature_flags]; default FF_TIMESTAMPS = false, for logs that are easy to compare. */
  readonly flags?: string;
}

export interface TestAgentOptions {
  readonly coordinator: TestCoordinator;
  /** Default one, without settings of its own. */
  readonly runners?: readonly TestRunner[];
  /** Default 2. */
  readonly concurrent?: number;
  /** Default: a directory that goes with the agent. One that is given may hold the state of an earlier run, and stays. */
  readonly directory?: string;
  /** As AgentOptions has it. */
  readonly watchDisks?: AgentOptions["watchDisks"];
  /** OTEL_* variables; default none. */
  readonly otel?: Readonly<Record<string, string>>;
  /** How long a job's log waits for room on the disk; default: as an agent's does. */
  readonly diskPatienceMs?: number;
  /** How its daemons are watched; default: as an agent does. */
  readonly daemonTimes?: Partial<WatchTimes>;
}

/** An agent in this process, working for a test's coordinator on the engine under test. */
export interface TestAgent extends JobRuns, AsyncDisposable {
  readonly agentId: string;
  readonly coordinator: TestCoordinator;
  readonly engine: Engine;
  /** Config, state and builds lie below it. */
  readonly directory: string;
  /** Lines of the agent's own log. */
  readonly lines: readonly string[];
  readonly handle: AgentHandle;
  /** What a job spent its time on; resolves when all that it made is removed. */
  report(job: JobHandle): Promise<JobReport>;
  /** Resolves when the job's containers and networks are gone; rejects when they are still there after a minute. */
  cleanedUp(job: JobHandle): Promise<void>;
  stop(mode: "graceful" | "forced"): Promise<void>;
}

/**
 * Starts an agent. Disposing of it ends it, takes the volumes it keeps from job to job away, and then asserts that
 * nothing else of it is left on the engine.
 */
export async function startTestAgent(options: TestAgentOptions): Promise<TestAgent> {
  const { coordinator } = options;
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), "longshore-test-")));
  const lines: string[] = [];
  const stateDir = join(directory, "state");
  const reports = new Map<number, JobReport>();
  let onReport = Promise.withResolvers<void>();
  const handle = await startAgent({
    config: parseConfig(configText(options, directory), "config.toml", { env: {}, home: directory }).config,
    configPath: join(directory, "config.toml"),
    stateDir,
    log: createLog({ level: "debug", format: "runner", write: (line) => lines.push(line), colour: false }),
    identity: { version: "0", revision: "00000000", nodeVersion: "v24", platform: "linux", architecture: "amd64" },
    home: directory,
    proxies: {},
    ...(options.watchDisks === undefined ? {} : { watchDisks: options.watchDisks }),
    // A job that prints nothing must hear of a cancel soon.
    touchAfterMs: 300,
    otlp: otlpSettings(options.otel ?? {}),
    ...(options.diskPatienceMs === undefined ? {} : { diskPatienceMs: options.diskPatienceMs }),
    ...(options.daemonTimes === undefined ? {} : { daemonTimes: options.daemonTimes }),
    onJobSpans: (report) => {
      reports.set(report.job.id, report);
      onReport.resolve();
      onReport = Promise.withResolvers();
    },
  });
  const agentId = basename((await readdir(stateDir))[0] ?? "");
  const engine = connectEngine();
  let stopped = false;
  const stop = async (mode: "graceful" | "forced") => {
    stopped = true;
    await handle.stop(mode);
  };
  const report = async (job: JobHandle) => {
    const limit = setTimeout(60_000, null, { ref: false });
    for (;;) {
      const known = reports.get(job.id);
      if (known !== undefined) return known;
      if ((await Promise.race([onReport.promise, limit])) === null) throw new Error(`job ${job.id} gave no spans`);
    }
  };
  const cleanedUp = async (job: JobHandle) => {
    const limit = AbortSignal.timeout(60_000);
    const labels = [`${agentLabel}=${agentId}`, `${jobLabel}=${job.id}`];
    for (;;) {
      const { containers, networks } = await findObjects(engine, labels, limit);
      if (containers.length + networks.length === 0) return;
      // Nobody tells when it is over but the engine, when it is asked.
      await setTimeout(50, undefined, { signal: limit });
    }
  };
  return {
    agentId,
    coordinator,
    cleanedUp,
    engine,
    directory,
    lines,
    handle,
    report,
    ...jobRuns(coordinator),
    stop,
    [Symbol.asyncDispose]: async () => {
      if (!stopped) await stop("forced");
      await removeReusable(engine, agentId);
      const left = await objectsOf(engine, agentId);
      if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
      const kinds = Object.entries(left).filter(([, ids]) => (ids as readonly string[]).length > 0);
      if (kinds.length > 0)
        throw new Error(`left on the engine: ${JSON.stringify(Object.fromEntries(kinds))}\n${lines.join("")}`);
    },
  };
}

/** What config.toml says; tokens are made where runners have tags. */
export function configText(
  { coordinator, runners = [{}], concurrent = 2 }: TestAgentOptions,
  directory: string,
): string {
  const entries = runners.map((runner, index) => {
    const { token } =
      runner.tag === undefined
        ? coordinator.runner
        : coordinator.addRunner({ description: runner.tag, tags: [runner.tag], runUntagged: false });
    return `[[runners]]
name = "test ${index}"
url = "${coordinator.url}"
token = "${token}"
executor = "docker"
${runner.hostBuilds === true ? `builds_dir = "${directory}/builds"` : ""}
${runner.settings ?? ""}
[runners.feature_flags]
${runner.flags ?? "FF_TIMESTAMPS = false"}
[runners.docker]
host = "${runner.host ?? engineHost}"
image = "${runner.image ?? images.base}"
helper_image = "${runner.helperImage ?? images.helper}"
${runner.pullPolicy ?? 'pull_policy = "if-not-present"'}
${runner.docker ?? ""}
`;
  });
  return `concurrent = ${concurrent}\n${entries.join("")}`;
}
