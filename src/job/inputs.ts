import type { JobInput, JobPayload, PayloadImage } from "../coordinator/job-payload.ts";
import { Budget } from "./moa/budget.ts";
import { MoaError } from "./moa/moa-error.ts";
import { interpolate } from "./moa/template.ts";
import { fromJson, type MoaValue } from "./moa/value.ts";
import { configurationRefusal } from "./refusal.ts";

const kinds: Readonly<Record<string, (content: unknown) => boolean>> = {
  string: (content) => typeof content === "string",
  number: (content) => typeof content === "number",
  boolean: (content) => typeof content === "boolean",
  array: Array.isArray,
  struct: (content) => typeof content === "object" && content !== null && !Array.isArray(content),
};

/** Of all interpolated texts together: each of them may be as long as one may be. */
const mostCharacters = 16 * 2 ** 20;

/** GitLab masks no shorter value: every 1 of a log would be gone. */
const shortestMask = 8;

/** Names of the steps whose scripts are interpolated: GitLab Runner's own. */
const interpolatedSteps: readonly string[] = ["script", "after_script"];

/**
 * The payload with `${{ job.inputs.NAME }}` replaced where GitLab Runner replaces it: scripts, image, services, artifacts
 * and caches. Without inputs nothing is, so that `${{` keeps meaning what it meant to the shell.
 *
 * @throws JobRefusal JOB_INPUTS for an input or an expression that makes no sense
 */
export function withInputs(payload: JobPayload): JobPayload {
  if (payload.inputs.length === 0) return payload;
  const names = new Map([["job", { data: new Map([["inputs", inputsOf(payload)]]), sensitive: false }]]);
  const budget = new Budget();
  let characters = 0;
  const expand = (text: string) => {
    const result = expanded(text, names, budget);
    if (result !== text) characters += result.length;
    if (characters > mostCharacters) throw refusal("the job's texts would fill the memory");
    return result;
  };
  const expandAll = (texts: readonly string[]) => texts.map(expand);
  return {
    ...payload,
    steps: payload.steps.map((step) =>
      interpolatedSteps.includes(step.name) ? { ...step, script: expandAll(step.script) } : step,
    ),
    image: payload.image == null ? payload.image : imageWith(payload.image, expand),
    services: payload.services.map((service) => imageWith(service, expand)),
    artifacts: payload.artifacts.map((artifact) => ({
      ...artifact,
      name: expand(artifact.name),
      paths: expandAll(artifact.paths),
      exclude: expandAll(artifact.exclude),
      when: expand(artifact.when),
      expire_in: expand(artifact.expire_in),
    })),
    cache: payload.cache.map((cache) => ({
      ...cache,
      key: expand(cache.key),
      policy: expand(cache.policy),
      paths: expandAll(cache.paths),
      when: expand(cache.when),
      fallback_keys: expandAll(cache.fallback_keys),
    })),
  };
}

/** Texts of the sensitive inputs, to be masked in the log. */
export function sensitiveInputs(payload: Pick<JobPayload, "inputs">): string[] {
  return payload.inputs
    .filter(({ value }) => value?.sensitive === true)
    .flatMap(({ value }) => leaves(value?.content))
    .filter((text) => text.length >= shortestMask);
}

function leaves(content: unknown): string[] {
  if (typeof content === "object" && content !== null) return Object.values(content).flatMap(leaves);
  return typeof content === "string" || typeof content === "number" ? [String(content)] : [];
}

function imageWith(image: PayloadImage, expand: (text: string) => string): PayloadImage {
  const docker = image.executor_opts?.docker;
  return {
    ...image,
    name: expand(image.name),
    command: image.command.map(expand),
    entrypoint: image.entrypoint.map(expand),
    pull_policy: image.pull_policy.map(expand),
    ...(docker == null
      ? {}
      : {
          executor_opts: {
            ...image.executor_opts,
            docker: { ...docker, platform: expand(docker.platform), user: expand(docker.user) },
          },
        }),
  };
}

function inputsOf({ inputs }: JobPayload): MoaValue {
  const data = new Map<string, MoaValue>();
  // Of several with one name GitLab Runner takes the first.
  for (const { key, value } of inputs.toReversed()) {
    requireInput(key, value);
    data.set(key, fromJson(value?.content, value?.sensitive ?? false));
  }
  return { data, sensitive: false };
}

function requireInput(key: string, value: JobInput["value"]): void {
  const [type, content] = [value?.type ?? "", value?.content ?? null];
  if (key === "") throw refusal("an input has no name");
  if (content === null) throw refusal(`the input "${key}" has no value`);
  const fits = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
  if (fits === undefined) throw refusal(`the input "${key}" has the unknown type "${type}"`);
  if (!fits(content)) throw refusal(`the input "${key}" is no ${type}`);
}

function expanded(text: string, names: ReadonlyMap<string, MoaValue>, budget: Budget): string {
  if (!text.includes("${{")) return text;
  try {
    const result = interpolate(text, names, budget);
    if (!result.sensitive) return result.text;
  } catch (error) {
    if (!(error instanceof MoaError)) throw error;
    throw refusal(`${error.message} in ${JSON.stringify(excerpt(text))}`);
  }
  throw configurationRefusal(
    "JOB_INPUTS_SENSITIVE",
    `a sensitive input stands in ${JSON.stringify(excerpt(text))}, and those can't be interpolated`,
    "pass what is secret as a masked CI/CD variable",
  );
}

function excerpt(text: string): string {
  const from = Math.max(0, text.indexOf("${{") - 20);
  const piece = text.slice(from, from + 100);
  return `${from > 0 ? "…" : ""}${piece}${from + 100 < text.length ? "…" : ""}`;
}

function refusal(problem: string) {
  return configurationRefusal(
    "JOB_INPUTS",
    `failed to interpolate job inputs: ${problem}`,
    "see docs.gitlab.com/ci/functions/moa for the expressions; a backslash before ${{ keeps it as it is",
  );
}
