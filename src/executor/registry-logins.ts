import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { JobPayload } from "../coordinator/job-payload.ts";
import { type CredentialSource, readDockerAuths } from "../docker/registry-auth.ts";

/**
 * Where registry credentials come from, the first that knows a registry winning: the job's DOCKER_AUTH_CONFIG, the
 * Docker configuration of the agent's user, what the coordinator sent with the job.
 *
 * @param authConfig the job's DOCKER_AUTH_CONFIG; "" for none
 */
export async function registryLogins(
  payload: JobPayload,
  authConfig: string,
  home: string,
  warn: (text: string) => Promise<void>,
): Promise<CredentialSource[]> {
  const file = join(home, ".docker", "config.json");
  const sent = payload.credentials
    .filter((credential) => credential.type === "registry")
    .map(({ url, username, password }) => [url, { username, password }] as const);
  const ofJob = authConfig === "" ? {} : readDockerAuths(authConfig);
  if (ofJob === null) await warn("DOCKER_AUTH_CONFIG is not valid JSON and is not used");
  return [
    { name: "$DOCKER_AUTH_CONFIG", entries: ofJob ?? {} },
    { name: file, entries: readDockerAuths(await readText(file)) ?? {} },
    { name: "job payload (GitLab Registry)", entries: Object.fromEntries(sent) },
  ];
}

async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch {
    return "";
  }
}
