import { readFile } from "node:fs/promises";
import type { Clock } from "../../support/clock.ts";
import { cacheKey } from "./cache-key.ts";
import { parseDotenvReport } from "./dotenv.ts";
import type { JobHandle } from "./job-record.ts";
import { isProtected, jobPayload } from "./payload.ts";
import { artifactSources, decideNode, type GraphNode, type RunState } from "./pipeline-graph.ts";
import type { PreparedPipeline } from "./prepare-pipeline.ts";
import { isFailureAllowed, shouldRetry } from "./retry-rule.ts";
import type { EmbeddedCoordinator } from "./server.ts";

/** A job of a running pipeline. */
export interface RunNode extends GraphNode {
  /** The latest attempt; null before the first. */
  readonly handle: JobHandle | null;
  /** 0 before the first. */
  readonly attempts: number;
}

export interface PipelineOutcome {
  readonly state: "success" | "failed" | "canceled";
  /** Manual jobs that others wait for. */
  readonly blockedBy: readonly RunNode[];
}

export interface PipelineRunOptions {
  readonly coordinator: EmbeddedCoordinator;
  readonly prepared: PreparedPipeline;
  readonly clock: Clock;
  /** After every change of a job's state. */
  readonly onChange?: (node: RunNode) => void;
}

type MutableNode = { -readonly [K in keyof RunNode]: RunNode[K] };

const onItsWay: ReadonlySet<RunState> = new Set<RunState>(["scheduled", "queued", "running"]);

/** One pipeline on a coordinator: starts jobs as GitLab would when those before them end. */
export class PipelineRun {
  readonly nodes: readonly RunNode[];
  /** Resolves when nothing runs and nothing can be started any more. */
  readonly done: Promise<PipelineOutcome>;
  readonly #options: PipelineRunOptions;
  readonly #nodes: readonly MutableNode[];
  readonly #settled = Promise.withResolvers<PipelineOutcome>();
  readonly #ending = new AbortController();

  constructor(options: PipelineRunOptions) {
    this.#options = options;
    this.#nodes = options.prepared.pipeline.jobs.map((job) => ({
      job,
      state: "created",
      forgiven: false,
      handle: null,
      attempts: 0,
    }));
    this.nodes = this.#nodes;
    this.done = this.#settled.promise;
    const { events } = options.coordinator;
    events.on("job-started", this.#onStarted);
    events.on("job-finished", this.#onFinished);
    this.#advance();
  }

  /** First call: running jobs are asked to end, the others don't start. Second call: running jobs are ended at once. */
  cancel(): void {
    this.#ending.abort(new Error("the pipeline was canceled"));
    for (const node of this.#nodes) {
      if (node.state === "created" || node.state === "scheduled") this.#set(node, "canceled");
      else if (node.handle !== null) this.#options.coordinator.cancel(node.handle.id);
    }
    this.#advance();
  }

  /** Starts, skips and settles until nothing changes. */
  #advance(): void {
    const { stages } = this.#options.prepared.pipeline;
    for (let changed = true; changed;) {
      changed = false;
      for (const node of this.#nodes) {
        if (node.state !== "created") continue;
        const decision = decideNode(node, this.#nodes, stages);
        if (decision === "wait") continue;
        changed = true;
        if (decision === "start") this.#begin(node);
        else this.#set(node, decision === "skip" ? "skipped" : "manual");
      }
    }
    if (!this.#nodes.some((node) => onItsWay.has(node.state))) this.#end();
  }

  #begin(node: MutableNode): void {
    const delayed = node.job.when === "delayed" && node.attempts === 0;
    this.#set(node, delayed ? "scheduled" : "queued");
    const work = delayed ? this.#queueLater(node) : this.#queue(node);
    work.catch((error: unknown) => this.#settled.reject(error));
  }

  async #queueLater(node: MutableNode): Promise<void> {
    try {
      await this.#options.clock.sleep(node.job.startInSeconds * 1000, this.#ending.signal);
    } catch (error) {
      if (this.#ending.signal.aborted) return;
      throw error;
    }
    this.#set(node, "queued");
    await this.#queue(node);
  }

  async #queue(node: MutableNode): Promise<void> {
    const { coordinator, prepared } = this.#options;
    const { context, files, pipeline } = prepared;
    const sources = artifactSources(node.job, this.#nodes, pipeline.stages).flatMap(({ handle }) => handle ?? []);
    const dotenv = await dotenvOf(sources);
    const cacheKeys = node.job.caches.map((cache) =>
      cacheKey(cache, (path) => files.blobId(path), isProtected(context)),
    );
    const facts = { dotenv, cacheKeys, dependencies: sources.map(({ id }) => coordinator.dependencyOn(id)) };
    const handle = await coordinator.addJob((identity) => jobPayload(context, node.job, identity, facts), {
      tags: node.job.tags,
    });
    node.handle = handle;
    node.attempts++;
    // A runner that was waiting may have it already, and its events came before the handle.
    if (handle.finished) this.#onFinished({ jobId: handle.id });
    else this.#set(node, handle.state === "running" ? "running" : "queued");
    if (this.#ending.signal.aborted) coordinator.cancel(handle.id);
  }

  readonly #onStarted = ({ jobId }: { readonly jobId: number }): void => {
    const node = this.#nodeOf(jobId);
    if (node !== undefined) this.#set(node, "running");
  };

  readonly #onFinished = ({ jobId }: { readonly jobId: number }): void => {
    const node = this.#nodeOf(jobId);
    if (node?.handle == null) return;
    const { state, failureReason: reason, exitCode } = node.handle;
    if (state === "failed" && !this.#ending.signal.aborted) {
      if (shouldRetry(node.job.retry, node.attempts, { reason, exitCode })) {
        this.#begin(node);
        return;
      }
      node.forgiven = isFailureAllowed(node.job.allowFailure, exitCode);
    }
    this.#set(node, state === "success" || state === "failed" ? state : "canceled");
    this.#advance();
  };

  #end(): void {
    const { events } = this.#options.coordinator;
    events.off("job-started", this.#onStarted);
    events.off("job-finished", this.#onFinished);
    const waiting = this.#nodes.filter((node) => node.state === "created");
    const blockedBy = waiting.length === 0 ? [] : this.#nodes.filter((node) => node.state === "manual");
    for (const node of waiting) this.#set(node, "skipped");
    this.#settled.resolve({ state: outcomeOf(this.#nodes), blockedBy });
  }

  #nodeOf(jobId: number): MutableNode | undefined {
    return this.#nodes.find((node) => node.handle?.id === jobId);
  }

  #set(node: MutableNode, state: RunState): void {
    node.state = state;
    this.#options.onChange?.(node);
  }
}

function outcomeOf(nodes: readonly RunNode[]): PipelineOutcome["state"] {
  if (nodes.some((node) => node.state === "canceled")) return "canceled";
  return nodes.some((node) => node.state === "failed" && !node.forgiven) ? "failed" : "success";
}

/** What the jobs' dotenv reports say; those of later jobs win. */
async function dotenvOf(jobs: readonly JobHandle[]): Promise<Readonly<Record<string, string>>> {
  const reports = jobs.flatMap((job) => job.artifacts.filter((artifact) => artifact.type === "dotenv"));
  const parsed = await Promise.all(reports.map(async ({ path }) => parseDotenvReport(await readFile(path)) ?? {}));
  return Object.assign({}, ...parsed) as Record<string, string>;
}
