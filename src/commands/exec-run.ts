import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startAgent } from "../agent.ts";
import type { AgentHandle } from "../agent-options.ts";
import { parseConfig } from "../config/parse.ts";
import { saveConfig } from "../config/save.ts";
import type { AgentConfig, DockerConfig } from "../config/schema.ts";
import type { TomlTable } from "../config/toml-text.ts";
import type { GivenVariable } from "../coordinator/embedded/pipeline-context.ts";
import { PipelineRun } from "../coordinator/embedded/pipeline-run.ts";
import { preparePipeline, servePrepared, type PreparedPipeline } from "../coordinator/embedded/prepare-pipeline.ts";
import { selectJobs } from "../coordinator/embedded/select-jobs.ts";
import { startCoordinator, type EmbeddedCoordinator } from "../coordinator/embedded/server.ts";
import { withGivenInputs } from "../pipeline/given-inputs.ts";
import { LockFile } from "../journal/lock-file.ts";
import type { JobReport } from "../spans/job-report.ts";
import { otlpSettings } from "../spans/otlp-settings.ts";
import { AgentError, messageOf } from "../support/errors.ts";
import { createLog, type Logger } from "../support/log.ts";
import type { AgentDeps } from "./agent-deps.ts";
import type { CoordinatorAddresses } from "./exec-addresses.ts";
import { execConfigText, type ExecSettings } from "./exec-config.ts";
import type { Project } from "./exec-project.ts";
import { registerWith } from "./exec-registration.ts";
import { PipelineScreen } from "./exec-screen.ts";
import { timingSummary, timingTable } from "./exec-timing.ts";
import { forgetJobs, openExecState, type ExecState } from "./exec-state.ts";

export interface ExecRequest {
  readonly project: Project;
  readonly jobs: readonly string[];
  readonly withNeeds: boolean;
  readonly given: readonly GivenVariable[];
  /** Values of jobs' inputs, by name. */
  readonly inputs: ReadonlyMap<string, string>;
  /** One [[runners]] entry; empty without a template. */
  readonly template: TomlTable;
  readonly settings: ExecSettings;
  /** Empty: found out. */
  readonly listen: readonly string[];
  /** "" for that of the first address. */
  readonly externalUrl: string;
  readonly stateDir: string;
  readonly colours: boolean;
  /** Print what the jobs spend their time on. */
  readonly timing: boolean;
  readonly discover: (
    docker: Pick<DockerConfig, "host" | "tls_verify" | "tls_cert_path">,
    signal: AbortSignal,
  ) => Promise<CoordinatorAddresses>;
}

/** Used while there is no coordinator to have a URL. */
const placeholderUrl = "http://127.0.0.1";
const daemonLimitMs = 30_000;
/** The coordinator is next door, and somebody waits at the terminal: a Ctrl-C is heard at once. */
const touchAfterMs = 2_000;

/** Prints the jobs that the pipeline has, without Docker. */
export async function listJobs(request: ExecRequest, deps: AgentDeps): Promise<0> {
  const directory = await mkdtemp(join(tmpdir(), "longshore-exec-"));
  try {
    const { pipeline } = await prepare(request, join(directory, "repository.git"), placeholderUrl, deps);
    const width = Math.max(0, ...pipeline.stages.map((stage) => stage.length));
    for (const job of pipeline.jobs) {
      deps.print(`${job.stage.padEnd(width)}  ${job.name}${job.when === "on_success" ? "" : `  (${job.when})`}`);
    }
    return 0;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Runs the pipeline to its end; 0 when it succeeded. */
export async function runExec(request: ExecRequest, deps: AgentDeps): Promise<0 | 1> {
  await using cleanup = new AsyncDisposableStack();
  const state = await openExecState(request.stateDir, request.project.root);
  const config = readConfig(request, { url: placeholderUrl, token: "none" }, state, deps);
  const addresses = await findAddresses(request, config);
  if (addresses instanceof Error) {
    // A mistake in the pipeline is worth more than a daemon that does not answer: it is said first.
    await prepare(request, state.repositoryDir, placeholderUrl, deps);
    throw addresses;
  }
  // Before anything of another run is touched.
  const lock = await LockFile.acquire(state.lockFile, request.project.root);
  cleanup.defer(() => lock.release());
  await forgetJobs(state);
  const coordinator = await openCoordinator(request, addresses, state, deps);
  cleanup.defer(async () => {
    await coordinator.close();
    await forgetJobs(state);
  });
  const prepared = await prepare(request, state.repositoryDir, coordinator.url, deps);
  servePrepared(coordinator, prepared);

  const tags = [...new Set(prepared.pipeline.jobs.flatMap((job) => job.tags))];
  const token = await registerWith(coordinator, state.configFile, tags, deps);
  // Its own way to the coordinator; jobs get the external URL with their sources' address.
  const registration = { url: coordinator.localUrls[0] ?? coordinator.url, token };
  await saveConfig(state.configFile, execConfigText(request.settings, request.template, registration));
  const reports: JobReport[] = [];
  const agent = await startAgent({
    config: readConfig(request, registration, state, deps),
    configPath: state.configFile,
    stateDir: request.stateDir,
    log: agentLog(deps),
    ...(deps.secrets === undefined ? {} : { secrets: deps.secrets }),
    identity: deps.identity,
    home: deps.home,
    proxies: {},
    clock: deps.clock,
    touchAfterMs,
    otlp: otlpSettings(deps.env),
    onJobSpans: (report) => {
      reports.push(report);
      if (request.timing) deps.print(timingTable(report, request.colours));
    },
  });
  cleanup.defer(() => agent.stop("graceful"));
  return await watch({ request, coordinator, prepared, agent, reports }, deps);
}

interface Watched {
  readonly request: ExecRequest;
  readonly coordinator: EmbeddedCoordinator;
  readonly prepared: PreparedPipeline;
  readonly agent: AgentHandle;
  /** Of the jobs that are over and removed. */
  readonly reports: readonly JobReport[];
}

async function watch({ request, coordinator, prepared, agent, reports }: Watched, deps: AgentDeps): Promise<0 | 1> {
  const { colours, settings } = request;
  const prefixes = settings.concurrent > 1 && prepared.pipeline.jobs.length > 1;
  const screen = new PipelineScreen({ coordinator, print: deps.print, colours, prefixes });
  const run = new PipelineRun({ coordinator, prepared, clock: deps.clock, onChange: (node) => screen.show(node) });
  let interrupts = 0;
  const interrupt = () => {
    interrupts++;
    deps.say(
      interrupts === 1 ? "Canceling: after_script still runs; once more ends the jobs at once" : "Ending the jobs",
    );
    run.cancel();
    if (interrupts > 1) agent.stop("forced").catch((error: unknown) => deps.say(messageOf(error)));
  };
  const off = [deps.signals.on("SIGINT", interrupt), deps.signals.on("SIGTERM", interrupt)];
  try {
    const outcome = await run.done;
    // The last jobs' removal belongs to their times.
    if (request.timing) await agent.stop("graceful");
    screen.finish(run.nodes);
    if (request.timing) deps.print(timingSummary(reports));
    for (const { job } of outcome.blockedBy)
      deps.say(`"${job.name}" is manual: \`longshore exec "${job.name}"\` runs it`);
    deps.print(`Pipeline ${outcome.state}`);
    return outcome.state === "success" ? 0 : 1;
  } catch (error) {
    await agent.stop("forced");
    throw error;
  } finally {
    for (const remove of off) remove();
  }
}

async function prepare(
  { project, given, inputs, jobs, withNeeds }: ExecRequest,
  target: string,
  serverUrl: string,
  deps: AgentDeps,
): Promise<PreparedPipeline> {
  const prepared = await preparePipeline({
    directory: project.root,
    configPath: project.configPath,
    target,
    serverUrl,
    given,
    pipelineId: 1,
    source: "push",
    environment: deps.env,
    now: new Date(deps.clock.now()),
    signal: AbortSignal.any([deps.signal, AbortSignal.timeout(600_000)]),
  });
  for (const warning of prepared.pipeline.warnings) deps.say(`WARNING: ${warning}`);
  const result = withGivenInputs(selectJobs(prepared.pipeline, jobs, withNeeds), inputs);
  if ("fault" in result) {
    const { message, hint } = result.fault;
    throw new AgentError("PIPELINE_INPUT", message, { hint, audience: "author", exitCode: 2 });
  }
  return { ...prepared, pipeline: result.pipeline };
}

function readConfig(
  { settings, template }: ExecRequest,
  registration: { readonly url: string; readonly token: string },
  { configFile }: ExecState,
  deps: AgentDeps,
): AgentConfig {
  const { config, warnings, faults } = parseConfig(execConfigText(settings, template, registration), configFile, deps);
  for (const { error } of faults) throw error;
  // Said once, at the first reading.
  if (registration.token === "none") for (const warning of warnings) deps.say(`WARNING: ${warning}`);
  const problem = config.runners[0]?.problem;
  if (problem) throw new AgentError(problem.code, problem.message, { hint: problem.hint, exitCode: 2 });
  return config;
}

async function findAddresses(request: ExecRequest, config: AgentConfig): Promise<CoordinatorAddresses | Error> {
  if (request.listen.length > 0) return { listen: request.listen, externalHost: null };
  const docker = config.runners[0]?.docker;
  if (docker === undefined) return new RangeError("the configuration has no runner");
  return request.discover(docker, AbortSignal.timeout(daemonLimitMs)).catch((error: unknown) => error as Error);
}

async function openCoordinator(
  request: ExecRequest,
  { listen, externalHost }: CoordinatorAddresses,
  state: ExecState,
  deps: AgentDeps,
): Promise<EmbeddedCoordinator> {
  return startCoordinator({
    listen,
    stateDir: state.coordinatorDir,
    environment: deps.env,
    ...(request.externalUrl === "" ? {} : { externalUrl: request.externalUrl }),
    ...(externalHost === null || request.externalUrl !== "" ? {} : { externalHost }),
  });
}

/** The agent's own log: the jobs' logs are what is to be seen, so only warnings unless asked for. */
function agentLog(deps: AgentDeps): Logger {
  const { level, format } = deps.logOptions();
  return createLog({
    level: level || "warning",
    format: format === "json" || format === "text" ? format : "runner",
    write: deps.writeError,
    colour: deps.isTerminal,
    ...(deps.secrets === undefined ? {} : { secrets: deps.secrets }),
  });
}
