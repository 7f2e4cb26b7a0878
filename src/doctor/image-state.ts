import { askRegistry } from "../docker/daemon-report.ts";
import { DockerError } from "../docker/errors.ts";
import { pullErrorKind } from "../docker/image.ts";
import { findLogin } from "../docker/find-login.ts";
import { type CredentialSource, readDockerAuths } from "../docker/registry-auth.ts";
import { sourceOfHome } from "../executor/registry-logins.ts";
import { parseImage } from "../job/image.ts";
import { messageOf } from "../support/errors.ts";
import { orAborted } from "../support/or-aborted.ts";
import { fail, type Outcome, pass, warn } from "./check.ts";
import type { DoctorContext } from "./doctor-context.ts";

const registryLimitMs = 5_000;

/** What the registry says of an image. */
export type RegistryAnswer =
  | { readonly kind: "has-it" }
  /** It answers, and says no. */
  | { readonly kind: "refused" | "not-found" | "silent"; readonly words: string };

export interface ImageState {
  readonly image: string;
  readonly isLocal: boolean;
  readonly registry: RegistryAnswer;
  /** `pull_policy`, or its default. */
  readonly policies: readonly string[];
}

/** Looks for an image on the daemon and, without a pull, in its registry. */
export async function imageState(context: DoctorContext, image: string, signal: AbortSignal): Promise<ImageState> {
  const { pull_policy: configured } = context.runner.docker;
  const [local, registry] = await Promise.all([context.image(image), registryAnswer(context, image, signal)]);
  return { image, isLocal: local !== null, registry, policies: configured.length > 0 ? configured : ["always"] };
}

/** Whether jobs will have the image, by the pull policies of config.toml. */
export function judgeImage({ image, isLocal, registry, policies }: ImageState): Outcome {
  const local = `"${image}" is on the daemon`;
  if (policies.includes("never") && isLocal) return pass(local);
  if (policies.every((policy) => policy === "never"))
    return fail(`"${image}" is not on the daemon, and pull_policy forbids to pull it`, `docker pull ${image}`);
  if (registry.kind === "has-it")
    return pass(isLocal ? `${local}, and its registry answers` : `"${image}" can be pulled`);
  const said = `${registryProblem[registry.kind]} (${registry.words})`;
  if (!isLocal) {
    const finding = `"${image}" is not on the daemon, and ${said}`;
    // A job may bring the login.
    return (registry.kind === "refused" ? warn : fail)(finding, fixOf(image, registry.kind));
  }
  if (policies[0] === "if-not-present") return pass(`${local}; pull_policy needs no registry`);
  if (policies.includes("if-not-present"))
    return warn(`${local}, but ${said}: every job waits for the pull to fail first`, fixOf(image, registry.kind));
  if (registry.kind === "refused") return warn(`${local}, but ${said}`, fixOf(image, registry.kind));
  return fail(
    `${local}, but ${said}, and pull_policy asks for a pull each time`,
    'set `pull_policy = ["always", "if-not-present"]` in [runners.docker], or see that the daemon reaches the registry',
  );
}

const registryProblem = {
  refused: "its registry refuses the login, or wants one",
  "not-found": "its registry doesn't have it",
  silent: "its registry can't be reached by the daemon",
} as const;

function fixOf(image: string, kind: "refused" | "not-found" | "silent"): string {
  const registry = registryOf(image);
  if (kind === "refused") return `docker login ${registry}   # as the agent's user, or give jobs DOCKER_AUTH_CONFIG`;
  if (kind === "not-found") return `correct the image's name or tag in [runners.docker]: "${image}"`;
  return `see that the daemon's host reaches ${registry} (name, proxy, "registry-mirrors" in /etc/docker/daemon.json), or load the image there: docker load`;
}

/** `docker.io` for a name without a host. */
function registryOf(image: string): string {
  const [first = "", ...rest] = image.split("/");
  return rest.length > 0 && (/[.:]/.test(first) || first === "localhost") ? first : "docker.io";
}

async function registryAnswer(context: DoctorContext, image: string, signal: AbortSignal): Promise<RegistryAnswer> {
  const reference = parseImage(image);
  if (reference === null) return { kind: "not-found", words: "that is no image's name" };
  const { engine } = await context.daemon();
  const login = await findLogin(reference.repository, await logins(context, signal), async () => {}, signal);
  const limit = AbortSignal.timeout(registryLimitMs);
  try {
    // The client gives this call no signal of ours.
    await orAborted(askRegistry(engine, reference.full, login?.credentials ?? null, signal), limit);
    return { kind: "has-it" };
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted) return { kind: "silent", words: `no answer within ${registryLimitMs / 1000} s` };
    const words = error instanceof DockerError ? error.detail : messageOf(error);
    const kind = pullErrorKind(words);
    return { kind: kind === "unauthorized" ? "refused" : kind === "not-found" ? "not-found" : "silent", words };
  }
}

/** As for a job, but for what only a job or its project knows. */
async function logins({ runner, settings }: DoctorContext, signal: AbortSignal): Promise<CredentialSource[]> {
  const prefix = "DOCKER_AUTH_CONFIG=";
  const written = runner.environment.find((line) => line.startsWith(prefix))?.slice(prefix.length) ?? "";
  const ofVariable = { name: "", entries: readDockerAuths(written) ?? {} };
  return [ofVariable, await sourceOfHome(settings.home, async () => {}, signal)];
}
