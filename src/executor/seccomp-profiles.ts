import type { DockerConfig } from "../config/schema.ts";
import { readSeccompProfile, seccompFile } from "../config/seccomp-profile.ts";
import { configurationRefusal } from "../job/refusal.ts";
import { AgentError } from "../support/errors.ts";

type SecurityOptions = Pick<DockerConfig, "security_opt" | "services_security_opt">;

/**
 * `security_opt` and `services_security_opt` as the Docker API wants them: a profile named as `seccomp=FILE` is a file on
 * the agent's host, and goes to the daemon as its text. @throws JobRefusal for one that can't be read or is not JSON
 */
export async function withSeccompProfiles<D extends SecurityOptions>(docker: D, signal: AbortSignal): Promise<D> {
  const inlined = (options: readonly string[]) => Promise.all(options.map((option) => inline(option, signal)));
  const [security_opt, services_security_opt] = await Promise.all([
    inlined(docker.security_opt),
    inlined(docker.services_security_opt),
  ]);
  return { ...docker, security_opt, services_security_opt };
}

async function inline(option: string, signal: AbortSignal): Promise<string> {
  const path = seccompFile(option);
  if (path === null) return option;
  try {
    return `seccomp=${await readSeccompProfile(path, signal)}`;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof AgentError)) throw error;
    throw configurationRefusal(error.code, error.message, error.hint, "admin");
  }
}
