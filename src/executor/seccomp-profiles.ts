import { createReadStream } from "node:fs";
import { text } from "node:stream/consumers";
import type { DockerConfig } from "../config/schema.ts";
import { configurationRefusal } from "../job/refusal.ts";
import { messageOf } from "../support/errors.ts";

/** Docker's own profile has 13 KB. */
const longestProfile = 1_048_576;
/** Words of the daemon's in place of a profile. */
const words = ["unconfined", "builtin"];

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
  const path = /^seccomp=(?!\{)(.*)$/s.exec(option)?.[1];
  if (path === undefined || words.includes(path)) return option;
  return `seccomp=${await readProfile(path, signal)}`;
}

async function readProfile(path: string, signal: AbortSignal): Promise<string> {
  let profile: string;
  try {
    profile = await text(createReadStream(path, { end: longestProfile, signal }));
  } catch (error) {
    signal.throwIfAborted();
    throw refusal(path, `can't be read: ${messageOf(error)}`);
  }
  if (profile.length > longestProfile) throw refusal(path, "is longer than 1 MiB");
  try {
    JSON.parse(profile);
  } catch {
    throw refusal(path, "is not valid JSON");
  }
  // As it is: numbers in it may be longer than JavaScript's.
  return profile;
}

function refusal(path: string, problem: string) {
  return configurationRefusal(
    "CONFIG_SECCOMP",
    `the seccomp profile ${path} ${problem}`,
    "name a JSON file that the agent's user can read in security_opt and services_security_opt of config.toml",
    "admin",
  );
}
