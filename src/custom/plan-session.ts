import { readFile, writeFile } from "node:fs/promises";
import { join, posix } from "node:path";
import { randomBytes } from "node:crypto";
import { certsDirOf } from "../config/load.ts";
import type { RunnerConfig } from "../config/schema.ts";
import { systemId } from "../config/system-id.ts";
import { jobPayloadSchema, type JobPayload } from "../coordinator/job-payload.ts";
import { shortToken } from "../coordinator/token.ts";
import { Daemons } from "../daemon/daemons.ts";
import { hostProbe, prepareJob } from "../executor/prepare.ts";
import type { JobPlan } from "../job/plan.ts";
import { jobTimeoutSeconds } from "../job/timeout.ts";
import { AgentError, messageOf } from "../support/errors.ts";
import { ancestors, processWorld } from "./caller-life.ts";
import { type DriverCall, type DriverState } from "./driver.ts";
import { driverEntry } from "./driver-entry.ts";
import { Session } from "./session.ts";

/** What comes before and after the job's own time. */
const deadlineSlackMs = 2 * 3_600_000;

export interface PlannedJob {
  readonly session: Session;
  readonly plan: JobPlan;
  readonly entry: RunnerConfig;
}

/** Decides how the job runs, and writes it down for the calls to come. @throws JobRefusal, AgentError, DockerError */
export async function planSession(call: DriverCall, state: DriverState, signal: AbortSignal): Promise<PlannedJob> {
  const { caller, identity, clock, configFile } = call;
  const job = await readJobResponse(caller.jobResponseFile);
  const entry = await driverEntry(configFile, call.runnerName, caller, job, call);
  const runner = withoutLeases(entry);
  const boot = randomBytes(6).toString("hex");
  const looking = new AbortController();
  const daemons = new Daemons(
    (docker, { architecture }) =>
      hostProbe({ agentId: state.agentId, boot, revision: identity.revision }, docker, entry.environment, architecture),
    looking.signal,
    clock,
  );
  const daemon = await daemons.get(runner.docker, signal);
  const now = clock.monotonic();
  const received = {
    kind: "job",
    job,
    // The runner's own scripts have the coordinator's certificates.
    tls: { caChain: "", cert: "", key: "" },
    correlationId: "",
    askedAt: now,
    receivedAt: now,
  } as const;
  const agent = {
    clock,
    identity,
    systemId: (await systemId(configFile)).id,
    agentId: state.agentId,
    state: { boot },
    log: {
      info: (_facts: object, text: string) => call.say(text),
      warn: (_facts: object, text: string) => call.say(text),
    },
    // Of disks it is agents that take care.
    usage: { imageUsed: () => {}, volumesUsed: () => {} },
  };
  const slot = {
    runner: Number(caller.variables["CI_CONCURRENT_ID"] ?? 0),
    project: Number(caller.variables["CI_CONCURRENT_PROJECT_ID"] ?? 0),
  };
  const planned = await prepareJob(agent, received, runner, daemon, slot, signal);
  looking.abort(new Error("the job is planned"));
  await daemons.ended();
  // The runner's scripts for sources and file variables run in it, whatever the job asks for.
  const plan = { ...planned, needsHelper: true };
  const { host, tls_verify, tls_cert_path } = runner.docker;
  const [world, callers] = await Promise.all([processWorld(), ancestors(call.pid)]);
  const session = await Session.create(
    state.sessionsPath,
    {
      jobId: job.id,
      boot,
      agentId: state.agentId,
      docker: { host, tls_verify, tls_cert_path },
      daemonId: daemon.facts.id,
      composeProject: plan.composeProject,
      directory: caller.directory,
      deadline: clock.now() + jobTimeoutSeconds(job) * 1000 + deadlineSlackMs,
      world,
      // This process itself ends with the call.
      ancestors: callers.slice(1),
      calls: 1,
      state: "planned",
      helper: "",
      build: "",
      startsShell: false,
      runs: 0,
      coordinator: {
        url: entry.url,
        caFile: entry["tls-ca-file"],
        certFile: entry["tls-cert-file"],
        keyFile: entry["tls-key-file"],
        certsDir: certsDirOf(configFile),
      },
    },
    plan,
  );
  await keepAuthorities(session, caller.variables["CI_SERVER_TLS_CA_FILE"] ?? "");
  return { session, plan, entry };
}

/** Where the runner will have the job's files, when it is told what `plan` says. */
export function buildsDirOf({ projectDir }: JobPlan, entry: RunnerConfig, slot: string) {
  const directory = entry.builds_dir === "" ? "/builds" : entry.builds_dir;
  const shared = `${posix.join(directory, shortToken(entry.token), slot)}/`;
  return { directory, isShared: projectDir.startsWith(shared) };
}

/** Its secrets are the runner's to resolve: what they come to is among the variables. @throws AgentError CUSTOM_JOB */
export async function readJobResponse(file: string): Promise<JobPayload> {
  try {
    return { ...jobPayloadSchema.parse(JSON.parse(await readFile(file, "utf8"))), secrets: null };
  } catch (cause) {
    // What the parser says quotes the text, and the job's token stands in it.
    const problem = cause instanceof SyntaxError ? "it is not JSON" : messageOf(cause);
    throw new AgentError("CUSTOM_JOB", `the job in JOB_RESPONSE_FILE can't be read: ${problem}`, {
      hint: "see that the runner and Longshore run as users that may read each other's files, on one file system",
    });
  }
}

/** Layer stores are handed out by an agent, which knows who has them; a process a call doesn't. */
function withoutLeases(entry: RunnerConfig): RunnerConfig {
  const { daemon } = entry.docker;
  if (daemon?.wiring !== "dind" || daemon.storage === "job") return entry;
  return { ...entry, docker: { ...entry.docker, daemon: { ...daemon, storage: "job" } } };
}

/** The authorities that the runner trusts its coordinator by. */
async function keepAuthorities(session: Session, pem: string): Promise<void> {
  const { coordinator } = session.facts;
  if (coordinator.caFile !== "" || !pem.includes("-----BEGIN CERTIFICATE-----")) return;
  const caFile = join(session.path, "coordinator-ca.pem");
  await writeFile(caFile, pem, { mode: 0o600 });
  await session.update({ coordinator: { ...coordinator, caFile } });
}
