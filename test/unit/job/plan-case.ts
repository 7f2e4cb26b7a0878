import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseConfig } from "../../../src/config/parse.ts";
import type { RunnerConfig } from "../../../src/config/schema.ts";
import { type JobPayload, jobPayloadSchema } from "../../../src/coordinator/job-payload.ts";
import { parseDaemonAddress } from "../../../src/daemon/address.ts";
import { resolveWiring } from "../../../src/daemon/resolve-wiring.ts";
import type { Engine, EngineFacts } from "../../../src/docker/engine.ts";
import type { DaemonWiring } from "../../../src/daemon/contribution.ts";
import type { PlanInput } from "../../../src/job/plan-input.ts";
import type { Surroundings } from "../../../src/job/surroundings.ts";

/** What a job from a GitLab has at least; a case says only what is different. */
const base = {
  id: 4711,
  token: "64-job-token",
  allow_git_fetch: true,
  job_info: { name: "test", stage: "test", pipeline_id: 815, project_id: 42, project_name: "app" },
  git_info: {
    repo_url: "https://gitlab-ci-token:64-job-token@gitlab.test/group/app.git",
    ref: "main",
    sha: "0123456789abcdef0123456789abcdef01234567",
    before_sha: "fedcba9876543210fedcba9876543210fedcba98",
    ref_type: "branch",
    refspecs: ["+refs/heads/main:refs/remotes/origin/main"],
    depth: 20,
  },
  runner_info: { timeout: 3600 },
  variables: [
    { key: "CI_JOB_URL", value: "https://gitlab.test/group/app/-/jobs/4711", public: true },
    { key: "CI_PROJECT_PATH", value: "group/app", public: true },
    { key: "CI_JOB_TOKEN", value: "64-job-token", public: false, masked: true },
  ],
  steps: [{ name: "script", script: ["make test"], timeout: 3600, when: "on_success" }],
};

/** Values of a case's `input.json`, for what is neither in the payload nor in config.toml. */
interface CaseInput {
  readonly surroundings?: Partial<Surroundings>;
  readonly serverTls?: PlanInput["serverTls"];
  /** DOCKER_HOST of the agent. */
  readonly dockerHost?: string;
}

/** Reads a case's folder: config.toml and payload.json, whose objects and `variables` are laid over the base payload. */
export async function readCase(folder: string): Promise<PlanInput> {
  const config = await readFile(join(folder, "config.toml"), "utf8");
  const overlay = (await readJson(join(folder, "payload.json"))) as Record<string, unknown>;
  const extra = (await readJson(join(folder, "input.json"))) as CaseInput;
  const runner = readRunner(config, extra.dockerHost);
  return {
    payload: payloadOf(overlay),
    runner,
    agent: {
      protocolVersion: "19.4.0",
      revision: "00000000",
      architecture: "amd64",
      systemId: "s_0123456789ab",
      agentId: "agent-1",
      bootId: "boot-1",
    },
    slot: { runner: 3, project: 1 },
    suffix: "0a1b2c3d",
    wiring: await wiringOf(runner),
    surroundings: surroundingsOf(extra.surroundings),
    serverTls: extra.serverTls ?? { ca: "", cert: "", key: "" },
    defaultHelperImage: "registry.gitlab.com/gitlab-org/gitlab-runner/gitlab-runner-helper:x86_64-v19.4.0",
  };
}

/** A daemon of which nothing is known but what is said. */
export function surroundingsOf(known: Partial<Surroundings> = {}): Surroundings {
  return {
    networkMtu: null,
    registryMirrors: [],
    insecureRegistries: [],
    proxy: {},
    hostAddress: "",
    apiVersion: "1.41",
    ...known,
  };
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
}

export function readRunner(config: string, dockerHost?: string): RunnerConfig {
  const { config: parsed, warnings } = parseConfig(config, "config.toml", {
    env: { DOCKER_HOST: dockerHost },
    home: "/root",
  });
  const mistaken = warnings.filter((warning) => warning.includes("unknown key"));
  if (mistaken.length > 0) throw new Error(mistaken.join("\n"));
  return parsed.runners[0] as RunnerConfig;
}

export function payloadOf(overlay: Readonly<Record<string, unknown>>): JobPayload {
  const { variables = [], git_info: git, job_info: job, ...rest } = overlay;
  return jobPayloadSchema.parse({
    ...base,
    ...rest,
    job_info: { ...base.job_info, ...(job as object) },
    git_info: { ...base.git_info, ...(git as object) },
    variables: [...base.variables, ...(variables as [])],
  });
}

async function wiringOf(runner: RunnerConfig): Promise<DaemonWiring> {
  const address = parseDaemonAddress(runner.docker.host, runner.docker.tls_verify);
  const daemon = {
    engine: {} as Engine,
    facts: {} as EngineFacts,
    address,
    networkMtu: null,
    uplinkMtu: null,
    hostAddress: "",
    learnMore: async () => {},
  };
  const wiring = await resolveWiring(runner.docker, daemon, Date.UTC(2026, 0, 1), 3_600_000, "0a1b2c3d");
  // The socket's group is this machine's.
  return wiring.kind === "socket" ? { ...wiring, group: 998 } : wiring;
}
