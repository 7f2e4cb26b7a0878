import type { JobPayload, PayloadSecret } from "../coordinator/job-payload.ts";
import type { Variable } from "./variables.ts";

/** A secret of a kind that GitLab Runner resolves, and Longshore doesn't. */
export interface UnresolvedSecret {
  readonly key: string;
  /** `vault`, `azure_key_vault` … */
  readonly kind: string;
  readonly file: boolean;
}

export function unresolvedSecrets(payload: Pick<JobPayload, "secrets">): UnresolvedSecret[] {
  return Object.entries(payload.secrets ?? {}).flatMap(([key, secret]) => {
    const kind = kindOf(secret);
    return kind === undefined ? [] : [{ key, kind, file: secret?.file ?? true }];
  });
}

/** As GitLab Runner has those of which nothing is found when it may go on: empty. */
export function emptySecrets(payload: Pick<JobPayload, "secrets">): Variable[] {
  return unresolvedSecrets(payload).map(({ key, file }) => {
    return { key, value: "", file, public: false, masked: true, raw: true, internal: false };
  });
}

/** Said in the log of a job that goes on without its secrets. */
export function secretWarnings(payload: Pick<JobPayload, "secrets">): string[] {
  const unresolved = unresolvedSecrets(payload);
  const unknown = Object.keys(payload.secrets ?? {}).filter((name) => !unresolved.some(({ key }) => key === name));
  return [
    ...unresolved.map(({ key, kind }) => `Not resolved: secret "${key}" (${kind}); its variable is empty`),
    ...unknown.map((key) => `Not resolved: secret "${key}" is of no kind that is known; it has no variable`),
  ];
}

function kindOf(secret: PayloadSecret): string | undefined {
  return Object.entries(secret ?? {}).find(([key, value]) => key !== "file" && value != null)?.[0];
}
