import { z } from "zod";
import { tokenText } from "./token-text.ts";

/**
 * The body of a 201 to POST jobs/request (protocol section 5). Unknown fields are dropped, and `null` counts as
 * "absent" everywhere, as in the reference client's decoder.
 */

const text = z
  .string()
  .nullish()
  .transform((value) => value ?? "");
const flag = z
  .boolean()
  .nullish()
  .transform((value) => value ?? false);
const integer = z
  .number()
  .int()
  .nullish()
  .transform((value) => value ?? 0);

function list<T extends z.ZodType>(item: T) {
  return z
    .array(item)
    .nullish()
    .transform((value) => value ?? []);
}

/** A scalar that GitLab may send as a string or as a number. */
const textOrNumber = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => (value == null ? "" : String(value)));

const jobVariableSchema = z.object({
  key: z.string(),
  value: text,
  public: flag,
  file: flag,
  masked: flag,
  raw: flag,
});

/** One variable of a job; later entries of a list win over earlier ones of the same key. */
export type JobVariable = z.infer<typeof jobVariableSchema>;

const executorOptionsSchema = z.object({
  docker: z.object({ platform: text, user: textOrNumber }).nullish(),
});

const imageSchema = z.object({
  name: text,
  /** Several names may stand in it, separated by spaces or commas. */
  alias: text,
  command: list(z.string()),
  entrypoint: list(z.string()),
  ports: list(z.object({ number: integer, protocol: text, name: text })),
  variables: list(jobVariableSchema),
  pull_policy: list(z.string()),
  executor_opts: executorOptionsSchema.nullish(),
});

/** An image or a service as the pipeline names it. */
export type PayloadImage = z.infer<typeof imageSchema>;

const stepSchema = z.object({
  name: z.string(),
  script: list(z.string()),
  timeout: integer,
  when: text,
  allow_failure: flag,
});

const artifactSchema = z.object({
  name: text,
  untracked: flag,
  paths: list(z.string()),
  exclude: list(z.string()),
  when: text,
  artifact_type: text,
  artifact_format: text,
  expire_in: text,
});

const cacheSchema = z.object({
  key: text,
  untracked: flag,
  policy: text,
  paths: list(z.string()),
  when: text,
  fallback_keys: list(z.string()),
});

const dependencySchema = z.object({
  id: z.number().int(),
  token: text,
  name: text,
  artifacts_file: z.object({ filename: text, size: integer }).nullish(),
});

/** Where the coordinator wants a job's spans. */
const tracingSchema = z.object({
  /** 32 and 16 hex digits: where the job's spans belong. */
  trace_id: text,
  span_parent_id: text,
  /** Full URLs, nothing is appended to them. */
  otel_endpoints: list(z.object({ url: text, auth: z.object({ type: text }).nullish() })),
});

export const jobPayloadSchema = z.object({
  id: z.number().int().positive(),
  token: tokenText,
  allow_git_fetch: flag,
  job_info: z.object({
    name: text,
    stage: text,
    pipeline_id: integer,
    project_id: integer,
    project_name: text,
    project_full_path: text,
  }),
  git_info: z.object({
    repo_url: text,
    repo_object_format: text,
    ref: text,
    sha: text,
    before_sha: text,
    ref_type: text,
    refspecs: list(z.string()),
    depth: integer,
    protected: z.boolean().nullish(),
  }),
  /** `timeout` in seconds; 0 or less means 7200. */
  runner_info: z.object({ timeout: integer }).nullish(),
  variables: list(jobVariableSchema),
  steps: list(stepSchema),
  image: imageSchema.nullish(),
  services: list(imageSchema),
  artifacts: list(artifactSchema),
  cache: list(cacheSchema),
  credentials: list(z.object({ type: text, url: text, username: text, password: text })),
  dependencies: list(dependencySchema),
  hooks: list(z.object({ name: text, script: list(z.string()) })),
  run: text,
  /** Only their names count: what they hold may be nested too deeply to be written down. */
  secrets: z
    .record(
      z.string(),
      z.unknown().transform(() => null),
    )
    .nullish(),
  features: z
    .object({
      trace_sections: flag,
      token_mask_prefixes: list(z.string()),
      failure_reasons: list(z.string()),
      tracing: tracingSchema.nullish(),
    })
    .nullish(),
});

/** A job as the coordinator hands it out, with every default filled in. */
export type JobPayload = z.infer<typeof jobPayloadSchema>;
