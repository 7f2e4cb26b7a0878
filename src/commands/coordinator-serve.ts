import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { GivenVariable } from "../coordinator/embedded/pipeline-context.ts";
import { mayRun } from "../coordinator/embedded/job-store.ts";
import { PipelineRun } from "../coordinator/embedded/pipeline-run.ts";
import { preparePipeline, servePrepared } from "../coordinator/embedded/prepare-pipeline.ts";
import { startCoordinator, type EmbeddedCoordinator } from "../coordinator/embedded/server.ts";
import { AgentError, messageOf } from "../support/errors.ts";
import type { AgentDeps } from "./agent-deps.ts";
import { findProject, type Project } from "./exec-project.ts";
import { PipelineScreen } from "./exec-screen.ts";
import { readVariables } from "./exec-variables.ts";

export interface CoordinatorFlags {
  readonly listen: readonly string[];
  readonly repo: string;
  readonly file: string;
  readonly externalUrl?: string;
  readonly token?: string;
  readonly registrationToken?: string;
  readonly stateDir?: string;
  readonly var: readonly string[];
  readonly once?: true;
  readonly color: boolean;
}

/** Serves until a signal, or with `--once` until the pipeline has ended. Returns the exit code. */
export async function serve(flags: CoordinatorFlags, deps: AgentDeps): Promise<0 | 1> {
  await using cleanup = new AsyncDisposableStack();
  const project = await findProject(flags.repo, flags.file);
  const given = readVariables(flags.var);
  const snapshots = await mkdtemp(join(tmpdir(), "longshore-repository-"));
  cleanup.defer(() => rm(snapshots, { recursive: true, force: true }));
  const coordinator = await startCoordinator({
    listen: flags.listen.length > 0 ? flags.listen : ["127.0.0.1:8929"],
    environment: deps.env,
    ...(flags.externalUrl === undefined ? {} : { externalUrl: checkUrl(flags.externalUrl) }),
    ...(flags.registrationToken === undefined ? {} : { registrationToken: flags.registrationToken }),
    ...(flags.stateDir === undefined ? {} : { stateDir: flags.stateDir }),
  });
  cleanup.defer(() => coordinator.close());
  addGivenRunner(coordinator, flags.token ?? deps.env["RUNNER_TOKEN"] ?? "");
  greet(coordinator, deps);

  const stop = new AbortController();
  const wanted = new Requests();
  const off = [
    deps.signals.on("SIGINT", () => stop.abort()),
    deps.signals.on("SIGTERM", () => stop.abort()),
    deps.signals.on("SIGHUP", () => wanted.add()),
  ];
  coordinator.events.on("pipeline-requested", () => wanted.add());
  const pipelines = { coordinator, project, given, snapshots, colours: flags.color && deps.isTerminal };
  try {
    for (let pipelineId = 1; ; pipelineId++) {
      const result = await runPipeline({ ...pipelines, pipelineId, once: flags.once === true }, stop.signal, deps);
      if (flags.once === true || stop.signal.aborted) return result;
      deps.say("Waiting: SIGHUP or POST /api/v4/projects/1/pipeline starts the pipeline again");
      if (!(await wanted.next(stop.signal))) return 0;
    }
  } finally {
    for (const remove of off) remove();
  }
}

interface PipelineRequest {
  readonly coordinator: EmbeddedCoordinator;
  readonly project: Project;
  readonly given: readonly GivenVariable[];
  /** Directory for snapshots; each pipeline's stays as long as the coordinator. */
  readonly snapshots: string;
  readonly colours: boolean;
  readonly pipelineId: number;
  readonly once: boolean;
}

/** One pipeline from the files as they are now. A mistake in them ends a coordinator that runs once; any other says it and goes on. */
async function runPipeline(request: PipelineRequest, stop: AbortSignal, deps: AgentDeps): Promise<0 | 1> {
  const { coordinator, project, pipelineId, colours } = request;
  try {
    const prepared = await preparePipeline({
      directory: project.root,
      configPath: project.configPath,
      target: join(request.snapshots, `${pipelineId}.git`),
      serverUrl: coordinator.url,
      given: request.given,
      pipelineId,
      source: pipelineId === 1 ? "push" : "web",
      environment: deps.env,
      now: new Date(deps.clock.now()),
      signal: AbortSignal.any([stop, AbortSignal.timeout(600_000)]),
    });
    for (const warning of prepared.pipeline.warnings) deps.say(`WARNING: ${warning}`);
    servePrepared(coordinator, prepared);
    const screen = new PipelineScreen({ coordinator, print: deps.print, colours, prefixes: true });
    const stuck = stuckTeller(coordinator, deps);
    const run = new PipelineRun({
      coordinator,
      prepared,
      clock: deps.clock,
      onChange: (node) => {
        screen.show(node);
        if (node.state === "queued") stuck(node.job.name, node.job.tags);
      },
    });
    const cancel = () => {
      // Nobody is left to wait for: what runs is ended, and hears so with its next call.
      run.cancel();
      run.cancel();
    };
    stop.addEventListener("abort", cancel, { once: true });
    const { state } = await run.done;
    stop.removeEventListener("abort", cancel);
    screen.finish(run.nodes);
    deps.print(`Pipeline ${pipelineId} ${state}`);
    return state === "success" ? 0 : 1;
  } catch (error) {
    if (stop.aborted) return 1;
    if (request.once || !(error instanceof AgentError)) throw error;
    deps.say(`ERROR: ${messageOf(error)}\n  fix: ${error.hint}`);
    return 1;
  }
}

/** Says once for each set of tags that no runner has them all. */
function stuckTeller(coordinator: EmbeddedCoordinator, deps: AgentDeps) {
  const told = new Set<string>();
  return (job: string, tags: readonly string[]) => {
    const key = tags.join(", ");
    const runners = coordinator.runners();
    if (told.has(key) || runners.length === 0 || runners.some((runner) => mayRun(runner, { tags }))) return;
    told.add(key);
    deps.say(
      `WARNING: ${job} waits for a runner ${key === "" ? "that takes jobs without tags" : `with the tags ${key}`}`,
    );
  };
}

function greet(coordinator: EmbeddedCoordinator, deps: AgentDeps): void {
  const { localUrls, url, registrationToken } = coordinator;
  const known = coordinator.runners().length;
  deps.say(`Listening on ${localUrls.join(", ")}${localUrls.includes(url) ? "" : `, as ${url}`}`);
  if (known > 0) return deps.say(`Runners that are known: ${known}; waiting for them to ask for jobs`);
  const flags = `--non-interactive --url ${url} --executor docker --docker-image alpine:latest`;
  // Not said: what is said has its tokens hidden.
  deps.writeError(`Register a runner: longshore register ${flags} --registration-token ${registrationToken}\n`);
  deps.say("(`gitlab-runner register` takes the same flags)");
}

function addGivenRunner(coordinator: EmbeddedCoordinator, token: string): void {
  if (token === "" || coordinator.runners().some((runner) => runner.token === token)) return;
  coordinator.addRunner({ token, description: "given by --token" });
}

function checkUrl(text: string): string {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw new AgentError("USAGE_FLAG", `--external-url: "${text}" is not the URL of a web server`, {
    hint: "for example --external-url http://192.0.2.10:8929",
    exitCode: 2,
  });
}

/** Requests for one more pipeline; several before the next begins count as one. */
class Requests {
  #asked = false;
  #wake: (() => void) | null = null;

  add(): void {
    this.#asked = true;
    this.#wake?.();
  }

  /** True when a pipeline is asked for; false when the signal aborts first. */
  async next(signal: AbortSignal): Promise<boolean> {
    if (!this.#asked && !signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
    }
    const asked = this.#asked;
    this.#asked = false;
    return asked && !signal.aborted;
  }
}
