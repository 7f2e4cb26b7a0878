/**
 * The calls about runners (protocol sections 2.4 to 2.8). Statuses are data: only an aborted signal makes these calls
 * reject. Tokens are never part of a `reason`.
 */

/** What the coordinator tells about an authentication token. */
export interface RunnerCredentials {
  /** 0 when the coordinator didn't say. */
  readonly id: number;
  readonly token: string;
  /** null: never. */
  readonly expiresAt: Date | null;
}

/** 403 on any of the calls. */
export interface Forbidden {
  readonly kind: "forbidden";
  /** The coordinator's own words ("403 Forbidden" when it has none). */
  readonly reason: string;
}

/** Every other status, and everything that went wrong on the way. */
export interface CallFailed {
  readonly kind: "failed";
  /** HTTP status; null when there was no answer. */
  readonly status: number | null;
  /** "connection refused", "certificate signed by unknown authority", the coordinator's message ... */
  readonly reason: string;
  /** Finer than `status` where the fix differs: no route or name, or a certificate that isn't trusted. */
  readonly cause: "answer" | "unreachable" | "certificate";
}

export interface RegisterRequest {
  readonly description: string;
  readonly maintenanceNote: string;
  /** Comma separated. */
  readonly tagList: string;
  readonly runUntagged: boolean;
  readonly locked: boolean;
  readonly accessLevel: "" | "not_protected" | "ref_protected";
  /** Seconds; 0 is not sent. */
  readonly maximumTimeout: number;
  readonly paused: boolean;
}

type RegisterAnswer =
  | ({ readonly kind: "registered" } & RunnerCredentials)
  | Forbidden
  /** 410: the coordinator takes no registration tokens any more. */
  | { readonly kind: "gone"; readonly reason: string }
  | CallFailed;

/** "legacy": a 200 without JSON, from a coordinator that tells no id (protocol section 2.6). */
export type VerifyAnswer =
  ({ readonly kind: "verified" } & RunnerCredentials) | { readonly kind: "legacy" } | Forbidden | CallFailed;

type UnregisterAnswer = { readonly kind: "unregistered" } | Forbidden | CallFailed;

type ResetTokenAnswer =
  { readonly kind: "reset"; readonly token: string; readonly expiresAt: Date | null } | Forbidden | CallFailed;

/** Bound to one coordinator. */
export interface RunnerApi {
  /** POST runners, with a registration token; `info` is that of an empty configuration. */
  register(registrationToken: string, request: RegisterRequest, signal: AbortSignal): Promise<RegisterAnswer>;
  /** POST runners/verify. */
  verify(token: string, systemId: string, signal: AbortSignal): Promise<VerifyAnswer>;
  /** DELETE runners. */
  unregister(token: string, signal: AbortSignal): Promise<UnregisterAnswer>;
  /** DELETE runners/managers, for glrt- tokens. */
  unregisterManager(token: string, systemId: string, signal: AbortSignal): Promise<UnregisterAnswer>;
  /** POST runners/reset_authentication_token. */
  resetToken(token: string, signal: AbortSignal): Promise<ResetTokenAnswer>;
  /** POST runners/ID/reset_authentication_token with a personal access token. */
  resetTokenWithPat(runnerId: number, pat: string, signal: AbortSignal): Promise<ResetTokenAnswer>;
}

/** What `createRunnerApi` needs to reach one coordinator. */
export interface RunnerApiOptions {
  /** As in config.toml, already expanded. */
  readonly url: string;
  readonly tls: {
    /** Paths; "" for not set, then `<host>.crt` and so on in `certsDir` are looked for (protocol section 1.5). */
    readonly caFile: string;
    readonly certFile: string;
    readonly keyFile: string;
    readonly certsDir: string;
  };
}

export type RunnerApiFactory = (options: RunnerApiOptions) => RunnerApi;
