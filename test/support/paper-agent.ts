import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAgent } from "../../src/agent.ts";
import type { AgentHandle } from "../../src/agent-options.ts";
import { parseConfig } from "../../src/config/parse.ts";
import type { JobHandle } from "../../src/coordinator/embedded/job-record.ts";
import { otlpSettings } from "../../src/spans/otlp-settings.ts";
import { createLog } from "../../src/support/log.ts";
import { scriptJob, type TestCoordinator } from "./coordinator.ts";
import { plainText } from "./job-log.ts";
import { newLeap } from "./leaping-exchange.ts";
import type { LeapingClock } from "./leaping-clock.ts";
import { startPaperDaemon } from "./paper-daemon.ts";
import { type PaperScript, paperLine } from "./paper-execute.ts";

export interface PaperAgentOptions {
  readonly coordinator: TestCoordinator;
  /** Default the coordinator's own. */
  readonly url?: string;
  readonly concurrent?: number;
  /** Default: one that goes with the agent. */
  readonly directory?: string;
  /** Lines of the file's head and of [[runners]]. */
  readonly head?: string;
  readonly settings?: string;
}

/** The whole agent on leaping time, whose jobs need no Docker; for files that import paper-world.ts first. */
export interface PaperAgent extends AsyncDisposable {
  readonly clock: LeapingClock;
  readonly handle: AgentHandle;
  /** The agent's own log. */
  readonly lines: readonly string[];
  add(script: PaperScript): Promise<JobHandle>;
  /** What its script printed, as the coordinator has it. */
  printed(job: JobHandle): Promise<readonly string[]>;
  /** Journals that are kept. */
  journals(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

export async function startPaperAgent(options: PaperAgentOptions): Promise<PaperAgent> {
  const { coordinator, url = coordinator.url, concurrent = 4, head = "", settings = "" } = options;
  const directory = options.directory ?? (await mkdtemp(join(tmpdir(), "longshore-test-")));
  const clock = newLeap();
  const lines: string[] = [];
  const text = `concurrent = ${concurrent}
${head}
[[runners]]
name = "paper"
url = "${url}"
token = "${coordinator.runner.token}"
executor = "docker"
${settings}
[runners.feature_flags]
FF_TIMESTAMPS = false
[runners.docker]
host = "unix://${directory}/docker.sock"
image = "paper"
`;
  const daemon = await startPaperDaemon(join(directory, "docker.sock"));
  const stateDir = join(directory, "state");
  const starting = startAgent({
    config: parseConfig(text, "config.toml", { env: {}, home: directory }).config,
    configPath: join(directory, "config.toml"),
    stateDir,
    log: createLog({ level: "info", format: "runner", write: (line) => lines.push(line), colour: false }),
    identity: { version: "0", revision: "00000000", nodeVersion: "v24", platform: "linux", architecture: "amd64" },
    home: directory,
    proxies: {},
    clock,
    otlp: otlpSettings({}),
  });
  const handle = await clock.passUntilDone(starting);
  let stopped: Promise<void> | null = null;
  const stop = () => {
    stopped ??= handle.stop("forced").then(() => daemon[Symbol.asyncDispose]());
    return clock.passUntilDone(stopped);
  };
  return {
    clock,
    handle,
    lines,
    add: (script) => coordinator.addJob(scriptJob({ script: [JSON.stringify(script)], timeout: 6 * 3600 })),
    printed: async (job) =>
      plainText((await job.readTrace()).toString())
        .split("\n")
        .filter((line) => line.startsWith(`job ${job.id} prints`)),
    journals: async () => readdir(join(stateDir, (await readdir(stateDir))[0] ?? "", "jobs")),
    stop,
    [Symbol.asyncDispose]: async () => {
      await stop();
      if (options.directory === undefined) await rm(directory, { recursive: true, force: true });
    },
  };
}

/** All that a job with this script prints. */
export function allLines(job: JobHandle, { lines, width }: PaperScript): readonly string[] {
  return Array.from({ length: lines }, (_, index) => paperLine(job.id, index + 1, width));
}
