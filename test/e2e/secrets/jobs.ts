import type { JobParts } from "../../../src/coordinator/embedded/job-record.ts";
import { type ScriptJob, scriptJob } from "../../support/coordinator.ts";
import type { TestRepository } from "../../support/repository.ts";
import { canaries } from "./canaries.ts";

/** A job that has one secret of each kind, and prints those that are masked. */
function withSecrets(job: ScriptJob, registry: string): JobParts {
  const login = Buffer.from(`user:${canaries.authConfigPassword}`).toString("base64");
  const parts = scriptJob({
    ...job,
    secrets: { MASKED: canaries.masked, ...job.secrets },
    variables: {
      ...job.variables,
      DOCKER_AUTH_CONFIG: JSON.stringify({ auths: { "other.example.com": { auth: login } } }),
    },
  });
  return {
    ...parts,
    variables: [
      ...(parts.variables ?? []),
      { key: "SECRET_FILE", value: canaries.fileVariable, file: true, public: false, masked: false, raw: true },
    ],
    credentials: [{ type: "registry", url: registry, username: "user", password: canaries.payloadPassword }],
  };
}

export interface Surroundings {
  readonly url: string;
  readonly registry: string;
  readonly repository: TestRepository;
}

const print = ['echo "masked: $MASKED, token: $CI_JOB_TOKEN"'];

/** What ends well, and what fails in each of the ways in which something is told about it. */
export function jobs({ url, registry, repository }: Surroundings) {
  const make = (job: Omit<ScriptJob, "script"> & { readonly script?: readonly string[] }) =>
    withSecrets({ script: print, ...job }, registry);
  const sources = { ...repository.gitInfo(url, "", repository.head, 20) };
  const cloned = (token: (own: string) => string) => (identity: { readonly token: string }) => ({
    ...make({ variables: { GIT_TRACE: "1", GIT_CURL_VERBOSE: "1" } }),
    git_info: repository.gitInfo(url, token(identity.token), repository.head, 20),
  });
  return {
    "the job's sources": { tag: "plain", parts: cloned((own) => own) },
    "sources with a token of another job": { tag: "plain", parts: cloned(() => canaries.foreignToken) },
    "sources with a login in clone_url": {
      tag: "clone",
      parts: { ...make({ variables: { CI_PROJECT_PATH: "group/project" } }), git_info: sources },
    },
    "a registry that refuses the login": { tag: "plain", parts: make({ image: `${registry}/login/app:1` }) },
    "a masked image": { tag: "plain", parts: make({ image: `${registry}/private/$MASKED:1` }) },
    "a masked service": {
      tag: "plain",
      parts: make({ services: [{ name: `${registry}/missing/$MASKED:1`, alias: "db" }] }),
    },
    "an artifact that is too large": {
      tag: "plain",
      parts: make({ script: [...print, "echo 1 >file"], artifacts: ["file"] }),
    },
    "a script that fails": {
      tag: "socket",
      parts: make({ script: [...print, 'echo "$MASKED" | docker login -u u --password-stdin 127.0.0.1:1'] }),
    },
    "a daemon of its own": { tag: "dind", parts: make({ script: [...print, "docker info >/dev/null"] }) },
  } as const;
}

/** Prints that it waits, with a secret in the argument of nothing, and waits. */
export const patient = (registry: string): JobParts =>
  withSecrets({ script: [...print, "echo 'the job waits'", "sleep 600 & wait $!"] }, registry);
