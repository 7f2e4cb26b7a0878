/**
 * A pipeline as `.gitlab-ci.yml` describes it, with extends, anchors, !reference, include:local, default and
 * parallel already worked in and the rules decided: what is left is what runs. Plain data.
 */
export interface Pipeline {
  /** In the order in which they run; `.pre` first and `.post` last where a job uses them. */
  readonly stages: readonly string[];
  /** Only the jobs that belong to this pipeline, in the order of the file. */
  readonly jobs: readonly PipelineJob[];
  /** Things that the author should know and that stop nothing, each with its line. */
  readonly warnings: readonly string[];
}

export interface PipelineVariable {
  readonly key: string;
  readonly value: string;
  /** True for `expand: false`. */
  readonly raw: boolean;
  readonly file: boolean;
}

export const inputTypes = ["string", "number", "boolean", "array"] as const;

/** What JSON can hold. */
export type InputContent =
  string | number | boolean | readonly (InputContent | null)[] | { readonly [key: string]: InputContent | null };

/** One of a job's `inputs:`, with the value that holds for this pipeline. */
export interface PipelineInput {
  readonly key: string;
  readonly type: (typeof inputTypes)[number];
  readonly value: InputContent;
  /** null: any value of the type. */
  readonly options: readonly InputContent[] | null;
  /** What a text must match, as RE2 has it; null: anything. */
  readonly regex: string | null;
}

export interface PipelineImage {
  readonly name: string;
  /** Several names may stand in it, separated by spaces or commas; "" for none. */
  readonly alias: string;
  readonly entrypoint: readonly string[] | null;
  readonly command: readonly string[] | null;
  readonly variables: readonly PipelineVariable[];
  readonly pullPolicy: readonly string[];
  readonly docker: { readonly platform: string; readonly user: string };
}

export interface PipelineCache {
  readonly key: string;
  /** `cache:key:files`: the key is made of these files' contents when the job is handed out; then `key` is the prefix. */
  readonly keyFiles: readonly string[];
  readonly paths: readonly string[];
  readonly untracked: boolean;
  readonly policy: string;
  readonly when: "on_success" | "on_failure" | "always";
  readonly fallbackKeys: readonly string[];
}

export interface PipelineArtifacts {
  readonly name: string;
  readonly paths: readonly string[];
  readonly exclude: readonly string[];
  readonly untracked: boolean;
  readonly when: "on_success" | "on_failure" | "always";
  readonly expireIn: string;
  /** Report type -> paths, e.g. junit, dotenv. */
  readonly reports: Readonly<Record<string, readonly string[]>>;
}

export interface PipelineNeed {
  readonly job: string;
  readonly artifacts: boolean;
  readonly optional: boolean;
}

export type JobWhen = "on_success" | "on_failure" | "always" | "manual" | "delayed";

export interface PipelineJob {
  /** With the parallel suffix: `test 1/3`, `test: [linux, amd64]`. */
  readonly name: string;
  /** The key in the YAML; `needs` and `dependencies` may name either. */
  readonly baseName: string;
  readonly stage: string;
  readonly image: PipelineImage | null;
  readonly services: readonly PipelineImage[];
  /** Global, job, rule and matrix variables, merged; later wins already applied. */
  readonly variables: readonly PipelineVariable[];
  /** For `${{ job.inputs.KEY }}`, which the runner replaces. */
  readonly inputs: readonly PipelineInput[];
  readonly beforeScript: readonly string[];
  readonly script: readonly string[];
  readonly afterScript: readonly string[];
  readonly hooks: Readonly<Record<"pre_get_sources_script", readonly string[]>>;
  readonly caches: readonly PipelineCache[];
  readonly artifacts: PipelineArtifacts | null;
  /** Names of jobs whose artifacts are fetched; null: those of all earlier stages (or of `needs`). */
  readonly dependencies: readonly string[] | null;
  /** null: waits for all earlier stages. */
  readonly needs: readonly PipelineNeed[] | null;
  readonly when: JobWhen;
  /** For `when: delayed`. */
  readonly startInSeconds: number;
  /** True, false, or the exit codes that are allowed. */
  readonly allowFailure: boolean | readonly number[];
  readonly retry: { readonly max: number; readonly when: readonly string[]; readonly exitCodes: readonly number[] };
  /** null: the coordinator's default. */
  readonly timeoutSeconds: number | null;
  readonly tags: readonly string[];
  /** Index from 1 and total of `parallel`; null without it. */
  readonly parallel: { readonly index: number; readonly total: number } | null;
}
