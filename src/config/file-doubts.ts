import { serviceAccountIn } from "../cache/gcs-identity.ts";
import { readDockerCertificates } from "../daemon/certificate-files.ts";
import { AgentError } from "../support/errors.ts";
import { orAborted } from "../support/or-aborted.ts";
import type { Doubt } from "./problem.ts";
import type { RunnerConfig } from "./schema.ts";
import { readSeccompProfile, seccompFile } from "./seccomp-profile.ts";

/** A file may lie on a disk that hangs. */
const readMs = 5000;

/** Files that an entry's jobs need, and that can't be read now. Doubts: each job looks again, and may find them. */
export async function fileDoubts(
  { docker, cache }: Pick<RunnerConfig, "docker" | "cache">,
  limitMs = readMs,
): Promise<Doubt[]> {
  const signal = AbortSignal.timeout(limitMs);
  const profiles = (["security_opt", "services_security_opt"] as const).flatMap((key) =>
    docker[key].map(async (option, index) => {
      const path = seccompFile(option);
      return path === null ? [] : asDoubt(["docker", key, index], readSeccompProfile(path, signal), signal);
    }),
  );
  const { daemon } = docker;
  const certificates =
    daemon?.wiring === "tcp" && daemon.tls_verify
      ? asDoubt(["docker", "daemon", "tls_cert_path"], readDockerCertificates(daemon.tls_cert_path), signal)
      : [];
  const account =
    cache?.Type === "gcs" && (cache.gcs?.CredentialsFile ?? "") !== ""
      ? asDoubt(["cache", "gcs", "CredentialsFile"], serviceAccountIn(cache.gcs?.CredentialsFile ?? ""), signal)
      : [];
  return (await Promise.all([...profiles, certificates, account])).flat();
}

async function asDoubt(path: Doubt["path"], reading: Promise<unknown>, signal: AbortSignal): Promise<Doubt[]> {
  try {
    // What opens a file hears of no signal.
    await orAborted(reading, signal);
    return [];
  } catch (error) {
    if (error instanceof AgentError) return [{ path, text: error.message, hint: error.hint }];
    return [{ path, text: "the file can't be read in time", hint: "look at the disk that it lies on" }];
  }
}
