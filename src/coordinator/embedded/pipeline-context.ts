import type { CommitFacts } from "./repository-facts.ts";

/** A variable given by whoever starts the pipeline. */
export interface GivenVariable {
  readonly key: string;
  readonly value: string;
}

/** What all jobs of one pipeline have in common; plain data, known before the YAML is looked at. */
export interface PipelineContext {
  readonly pipelineId: number;
  /** CI_PIPELINE_SOURCE, e.g. push. */
  readonly source: string;
  /** ISO 8601. */
  readonly createdAt: string;
  readonly commit: CommitFacts;
  readonly branch: string;
  readonly defaultBranch: string;
  /** Full name of the ref that keeps the pipeline's commit. */
  readonly pipelineRef: string;
  /** `group/project`. */
  readonly projectPath: string;
  /** The coordinator's URL as jobs reach it, without a slash at the end. */
  readonly serverUrl: string;
  /** Path of the configuration from the repository's root. */
  readonly configPath: string;
  readonly given: readonly GivenVariable[];
}
