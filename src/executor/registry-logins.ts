import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { JobPayload } from "../coordinator/job-payload.ts";
import { isHelperName, listCredentialHelper } from "../docker/credential-helper.ts";
import { type CredentialSource, type DockerClientConfig, readDockerConfig } from "../docker/registry-auth.ts";
import { configurationRefusal } from "../job/refusal.ts";
import type { Audience } from "../support/errors.ts";
import { messageOf } from "../support/errors.ts";

const ofVariable = "$DOCKER_AUTH_CONFIG";

/**
 * Where registry credentials come from, the first that knows a registry winning: the job's DOCKER_AUTH_CONFIG, the
 * Docker configuration of the agent's user, what the coordinator sent with the job.
 *
 * @param authConfig the job's DOCKER_AUTH_CONFIG; "" for none
 * @throws JobRefusal for a credential helper that is named by a path
 */
export async function registryLogins(
  payload: JobPayload,
  authConfig: string,
  home: string,
  warn: (text: string) => Promise<void>,
  signal: AbortSignal,
): Promise<CredentialSource[]> {
  const sent = payload.credentials
    .filter((credential) => credential.type === "registry")
    .map(({ url, username, password }) => [url, { username, password }] as const);
  const ofJob = authConfig === "" ? null : readDockerConfig(authConfig);
  if (authConfig !== "" && ofJob === null) await warn(notUsed(ofVariable, "it is not valid JSON"));
  return [
    await sourceOf(ofVariable, ofJob, "author", warn, signal),
    await sourceOfHome(home, warn, signal),
    { name: "job payload (GitLab Registry)", entries: Object.fromEntries(sent) },
  ];
}

/** `~/.docker/config.json`, and `~/.dockercfg` where that is not there. @throws JobRefusal as `registryLogins` */
export async function sourceOfHome(
  home: string,
  warn: (text: string) => Promise<void>,
  signal: AbortSignal,
): Promise<CredentialSource> {
  const usual = join(home, ".docker", "config.json");
  const legacy = join(home, ".dockercfg");
  const [text, path] = await firstText([usual, legacy]);
  const config = text === "" ? null : readDockerConfig(text, path === legacy);
  if (text !== "" && config === null) await warn(notUsed(path, "it is not valid JSON"));
  return sourceOf(path, config, "admin", warn, signal);
}

async function sourceOf(
  name: string,
  config: DockerClientConfig | null,
  audience: Audience,
  warn: (text: string) => Promise<void>,
  signal: AbortSignal,
): Promise<CredentialSource> {
  if (config === null) return { name, entries: {} };
  const { entries, store, helpers } = config;
  for (const helper of [store, ...Object.values(helpers)]) {
    if (helper === "" || isHelperName(helper)) continue;
    throw configurationRefusal(
      "CREDENTIAL_HELPER",
      `a credential helper in ${name} is named by a path, which is not allowed`,
      "write NAME of the program docker-credential-NAME on the PATH of the agent into credsStore and credHelpers",
      audience,
    );
  }
  return { name, entries, helpers: { ...(await ofStore(name, store, warn, signal)), ...helpers } };
}

/** The registries of `credsStore`, which has to be asked for them. */
async function ofStore(
  name: string,
  store: string,
  warn: (text: string) => Promise<void>,
  signal: AbortSignal,
): Promise<Record<string, string>> {
  if (store === "") return {};
  try {
    return Object.fromEntries((await listCredentialHelper(store, signal)).map((registry) => [registry, store]));
  } catch (error) {
    signal.throwIfAborted();
    await warn(notUsed(`credsStore of ${name}`, messageOf(error)));
    return {};
  }
}

function notUsed(source: string, problem: string): string {
  return `Failed to resolve credentials from ${source}: ${problem}. Credentials from this source will not be used.`;
}

/** Of the first file that can be read, with its path; "" and the first path when there is none. */
async function firstText(paths: readonly [string, ...string[]]): Promise<[text: string, path: string]> {
  for (const path of paths) {
    try {
      return [await readFile(path, "utf8"), path];
    } catch {
      continue;
    }
  }
  return ["", paths[0]];
}
