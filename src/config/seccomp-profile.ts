import { createReadStream } from "node:fs";
import { text } from "node:stream/consumers";
import { AgentError, messageOf } from "../support/errors.ts";

/** Docker's own profile has 13 KB. */
const longestProfile = 1_048_576;
/** Words of the daemon's in place of a profile. */
const words = ["unconfined", "builtin"];

/** The file that an entry of `security_opt` names; null for one that names none. */
export function seccompFile(option: string): string | null {
  const path = /^seccomp=(?!\{)(.*)$/s.exec(option)?.[1];
  return path === undefined || words.includes(path) ? null : path;
}

/** The profile as it is written. @throws AgentError CONFIG_SECCOMP for one that can't be read or is not JSON */
export async function readSeccompProfile(path: string, signal: AbortSignal): Promise<string> {
  let profile: string;
  try {
    profile = await text(createReadStream(path, { end: longestProfile, signal }));
  } catch (error) {
    signal.throwIfAborted();
    throw unusable(path, `can't be read: ${messageOf(error)}`);
  }
  if (profile.length > longestProfile) throw unusable(path, "is longer than 1 MiB");
  try {
    JSON.parse(profile);
  } catch {
    throw unusable(path, "is not valid JSON");
  }
  // As it is: numbers in it may be longer than JavaScript's.
  return profile;
}

function unusable(path: string, problem: string): AgentError {
  return new AgentError("CONFIG_SECCOMP", `the seccomp profile ${path} ${problem}`, {
    hint: "name a JSON file that the agent's user can read in security_opt and services_security_opt of config.toml",
  });
}
