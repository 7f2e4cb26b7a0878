import type { PlanInput } from "./plan-input.ts";
import { configurationRefusal } from "./refusal.ts";
import { unresolvedSecrets } from "./secrets.ts";

/** Options of `image:docker` and `services:docker` that the docker executor of GitLab Runner knows; others' are left alone. */
const knownOptions: Readonly<Record<string, readonly string[]>> = {
  docker: ["platform", "user"],
  kubernetes: ["user"],
};

/** Refuses what the payload asks for and this agent doesn't do, before anything is made. @param secretsMayMiss FF_SECRET_RESOLVING_FAILS_IF_MISSING is off */
export function requireSupported({ payload }: Pick<PlanInput, "payload">, secretsMayMiss: boolean): void {
  if (payload.run !== "") {
    throw configurationRefusal(
      "STEPS_UNSUPPORTED",
      "the job uses `run:` (CI/CD steps), which this runner does not support",
      "use `script:`, or give the job to another runner by its tags",
    );
  }
  const secrets = unresolvedSecrets(payload).map(({ key }) => key);
  if (secrets.length > 0 && !secretsMayMiss) {
    throw configurationRefusal(
      "SECRETS_UNSUPPORTED",
      `the job uses \`secrets:\` (${secrets.join(", ")}), which this runner can't resolve`,
      "pass them as masked CI/CD variables, or give the job to another runner by its tags; with FF_SECRET_RESOLVING_FAILS_IF_MISSING=false it runs, and they are empty",
    );
  }
  for (const { executor_opts: options } of [payload.image, ...payload.services].flatMap((image) => image ?? [])) {
    requireKnown("executor_opts", Object.keys(options ?? {}), Object.keys(knownOptions));
    for (const [executor, known] of Object.entries(knownOptions)) {
      requireKnown(`${executor} executor`, Object.keys(options?.[executor] ?? {}), known);
    }
  }
}

function requireKnown(where: string, asked: readonly string[], known: readonly string[]): void {
  const unknown = asked.filter((key) => !known.includes(key));
  if (unknown.length === 0) return;
  throw configurationRefusal(
    "EXECUTOR_OPTIONS",
    `Unsupported "image" options [${unknown.join(" ")}] for "${where}"; supported options are [${known.join(" ")}]`,
    "take them out of `image:` and `services:` of the job, or give it to another runner by its tags",
  );
}
