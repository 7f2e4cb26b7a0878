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

/** What is beside the known keys: their names count, not what they hold. */
const nothing: z.ZodType<unknown> = z.unknown().transform(() => null);

/** Unknown options stay, by name: a job that asks for some can't be run as it wants. */
const executorOptionsSchema = z
  .object({
    docker: z.object({ platform: text, user: textOrNumber }).catchall(nothing).nullish(),
    kubernetes: z.object({ user: textOrNumber }).catchall(nothing).nullish(),
  })
  .catchall(nothing);

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

/** Deeper than any author nests an input, and shallow enough for whatever walks through it. */
const deepestInput = 64;

const jobInputSchema = z.object({
  key: text,
  value: z
    .object({
      /** string, number, boolean, array or struct. */
      type: text,
      /** null for what is nested too deeply, as for what isn't there. */
      content: z
        .unknown()
        .nullish()
        .transform((content) => (isNested(content, deepestInput) ? null : (content ?? null))),
      sensitive: flag,
    })
    .nullish(),
});

/** A typed value for `${{ job.inputs.KEY }}`. */
export type JobInput = z.infer<typeof jobInputSchema>;

function isNested(content: unknown, levels: number): boolean {
  if (typeof content !== "object" || content === null) return false;
  return levels === 0 || Object.values(content).some((item) => isNested(item, levels - 1));
}

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

/** A kind is a key with anything in it. */
const secretKind = z
  .unknown()
  .transform((value) => (value == null ? null : {}))
  .optional();
const secretSchema = z
  .object({
    vault: secretKind,
    gcp_secret_manager: secretKind,
    azure_key_vault: secretKind,
    aws_secrets_manager: secretKind,
    gitlab_secrets_manager: secretKind,
    akeyless: secretKind,
    file: z.boolean().nullish(),
  })
  .nullish();

/** A secret that the job wants resolved; its variable is a file unless it says otherwise. */
export type PayloadSecret = z.infer<typeof secretSchema>;

const policySchema = z.object({
  execution_policy_job: flag,
  policy_name: text,
  policy_variables_override_allowed: z.boolean().nullish(),
  policy_variables_override_exceptions: z.array(z.string()).nullish(),
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
  inputs: list(jobInputSchema),
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
  /** Of each its kinds count, and whether it is a file (default): what they hold may be nested too deeply to be written down. */
  secrets: z.record(z.string(), secretSchema).nullish(),
  /** Of a job that a policy has put into the pipeline. */
  policy_options: policySchema.nullish(),
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
