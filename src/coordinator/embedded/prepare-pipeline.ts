import { basename, join } from "node:path";
import { compilePipeline, type PipelineProblem } from "../../pipeline/compile.ts";
import type { Pipeline } from "../../pipeline/pipeline.ts";
import { AgentError } from "../../support/errors.ts";
import type { GivenVariable, PipelineContext } from "./pipeline-context.ts";
import { pipelineVariables } from "./predefined-variables.ts";
import { takeSnapshot, type RepositorySnapshot } from "./repository-snapshot.ts";
import type { EmbeddedCoordinator } from "./server.ts";
import { projectPathOf, slug } from "./slug.ts";
import { snapshotFiles, type SnapshotFiles } from "./snapshot-files.ts";

export interface PrepareOptions {
  /** The project's root. */
  readonly directory: string;
  /** Where the served repository is made. */
  readonly target: string;
  /** Path of the configuration from the root. */
  readonly configPath: string;
  readonly pipelineId: number;
  /** The coordinator's URL as jobs reach it. */
  readonly serverUrl: string;
  readonly source: string;
  readonly given: readonly GivenVariable[];
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly now: Date;
  readonly signal: AbortSignal;
}

/** A pipeline that can be started: compiled, its commit ready to be served. */
export interface PreparedPipeline {
  readonly pipeline: Pipeline;
  readonly context: PipelineContext;
  readonly files: SnapshotFiles;
  readonly snapshot: RepositorySnapshot;
}

/**
 * Takes a snapshot of the directory and compiles the configuration that is in it.
 *
 * @throws AgentError GIT_*, PIPELINE_MISSING, PIPELINE_INVALID
 */
export async function preparePipeline(options: PrepareOptions): Promise<PreparedPipeline> {
  const { directory, configPath, given, environment } = options;
  const snapshot = await takeSnapshot({ ...options, source: directory });
  const files = snapshotFiles(snapshot, environment);
  const context: PipelineContext = {
    pipelineId: options.pipelineId,
    source: options.source,
    createdAt: options.now.toISOString(),
    commit: snapshot,
    branch: snapshot.branch,
    defaultBranch: snapshot.defaultBranch,
    pipelineRef: snapshot.pipelineRef,
    projectPath: projectPathOf(snapshot.originUrl) ?? `local/${slug(basename(directory)) || "project"}`,
    serverUrl: options.serverUrl,
    configPath,
    given,
  };
  const text = files.read(configPath);
  if (text === null) throw missing(directory, configPath);
  const variables = new Map([...pipelineVariables(context), ...given.map(({ key, value }) => [key, value] as const)]);
  const compiled = compilePipeline({
    text,
    fileName: configPath,
    include: (path) => files.read(path),
    listFiles: () => files.list(),
    changedFilesSince: (ref) => files.changedSince(ref),
    variables,
    ref: { name: snapshot.branch, type: "branch", source: options.source },
  });
  if ("errors" in compiled) throw invalid(compiled.errors);
  return { pipeline: compiled.pipeline, context, files, snapshot };
}

/** Lets the pipeline's jobs fetch its commit. */
export function servePrepared(coordinator: EmbeddedCoordinator, { context, snapshot }: PreparedPipeline): void {
  coordinator.serveRepository(context.projectPath, snapshot.directory);
}

function missing(directory: string, configPath: string): AgentError {
  return new AgentError("PIPELINE_MISSING", `there is no ${configPath} in ${directory}`, {
    hint: `Write one, or name it with --file; a file that .gitignore names does not count: ${join(directory, configPath)}`,
    audience: "author",
    exitCode: 2,
  });
}

/** Every mistake with its place and its fix; the first one's fix is the error's hint. */
function invalid(problems: readonly PipelineProblem[]): AgentError {
  const place = ({ file, line, column, path }: PipelineProblem) =>
    `${file}:${line}:${column}${path === "" ? "" : ` ${path}`}`;
  const lines = problems.map((problem) => `  ${place(problem)}: ${problem.message}\n    fix: ${problem.hint}`);
  const count = problems.length === 1 ? "a mistake" : `${problems.length} mistakes`;
  return new AgentError("PIPELINE_INVALID", `the pipeline has ${count}:\n${lines.join("\n")}`, {
    hint: problems.length === 1 ? (problems[0]?.hint ?? "") : "Correct the lines above.",
    audience: "author",
    exitCode: 2,
  });
}
