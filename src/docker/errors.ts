import { messageOf } from "../support/errors.ts";

export type DockerErrorKind =
  | "not-found"
  | "conflict"
  | "unauthorized"
  | "forbidden"
  | "bad-request"
  | "server"
  /** It answers, and says that it is being stopped, or that what it is made of is gone: as lost as if it were cut. */
  | "stopping"
  /** Nobody listens at the address, or the name doesn't resolve. */
  | "unreachable"
  | "permission-denied"
  | "tls"
  /** The connection broke while a call was under way. */
  | "connection-lost"
  /** It took the call and did not answer in time. */
  | "timeout"
  /** Nothing that a daemon or a network does. */
  | "unknown";

/** A Docker API call that failed: which one, what kind of failure, and the daemon's own words. */
export class DockerError extends Error {
  readonly kind: DockerErrorKind;
  readonly operation: string;
  /** The message without the operation, which may name an image or a container: for whoever looks for words in it. */
  readonly detail: string;
  /** HTTP status; 0 when there was none. */
  readonly statusCode: number;

  constructor(operation: string, kind: DockerErrorKind, detail: string, statusCode: number, cause?: unknown) {
    super(`${operation}: ${detail}`, { cause });
    this.name = "DockerError";
    this.kind = kind;
    this.operation = operation;
    this.detail = detail;
    this.statusCode = statusCode;
  }
}

function kindOfStatus(status: number): DockerErrorKind {
  switch (status) {
    case 400:
      return "bad-request";
    case 401:
      return "unauthorized";
    case 403:
      return "forbidden";
    case 404:
      return "not-found";
    case 409:
      return "conflict";
    default:
      return "server";
  }
}

const nobodyThere = [
  "ENOENT",
  "ENOTDIR",
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "EHOSTDOWN",
  "ENETUNREACH",
  "ENETDOWN",
  "EADDRNOTAVAIL",
];
const cutCodes = /^(?:ECONNRESET|ECONNABORTED|EPIPE|ENOTCONN|ESHUTDOWN|ERR_STREAM_\w+|ERR_SOCKET_CLOSED|HPE_\w+)$/;
const cutWords = /socket hang up|aborted|premature|connection (?:was )?(?:closed|reset)|other side closed/i;

/** What OpenSSL and node:tls call a connection on which no trust could be had. */
export function isTlsCode(code: string): boolean {
  return (
    code.startsWith("ERR_TLS") ||
    code.startsWith("ERR_SSL") ||
    code === "EPROTO" ||
    /^ERR_OSSL|CERT|SIGNATURE|CRL/.test(code)
  );
}

function kindOfFault(code: string, syscall: unknown, words: string): DockerErrorKind {
  if (code === "EACCES" || code === "EPERM") return "permission-denied";
  if (nobodyThere.includes(code)) return "unreachable";
  // The kernel's own limit: nobody took the connection, or nobody took what was sent on one that stood.
  if (code === "ETIMEDOUT") return syscall === "read" || syscall === "write" ? "connection-lost" : "unreachable";
  if (isTlsCode(code) || /before secure TLS connection/.test(words)) return "tls";
  if (cutCodes.test(code) || (code === "" && cutWords.test(words))) return "connection-lost";
  return "unknown";
}

/**
 * What dockerd answers while it ends, or while the containerd under it does (gRPC's and ttrpc's words). "context
 * canceled" as the whole answer: it gave up what it was doing, and not because its client went.
 */
const stoppingWords =
  /(?:daemon|server) is shutting down|client connection is closing|transport is closing|ttrpc: closed|containerd\.sock: connect: |error reading from server: EOF|^context canceled(?:: unknown)?$/i;

const connectionTrouble: readonly DockerErrorKind[] = [
  "stopping",
  "unreachable",
  "permission-denied",
  "tls",
  "connection-lost",
  "timeout",
];

/** True where the daemon, or the way to it, failed, not what it was asked for: it may go when the daemon is back. */
export function isConnectionTrouble(error: unknown): boolean {
  return error instanceof DockerError && connectionTrouble.includes(error.kind);
}

/** What dockerode threw, as a DockerError. The daemon's message stands in the body's `message`. */
export function toDockerError(operation: string, error: unknown): DockerError {
  if (error instanceof DockerError) return error;
  const { statusCode, json, code, syscall } = (error ?? {}) as Readonly<
    Record<"statusCode" | "json" | "code" | "syscall", unknown>
  >;
  if (typeof statusCode === "number") {
    const said = (json as { message?: unknown } | null | undefined)?.message;
    const text = typeof said === "string" ? said : daemonWords(error);
    const isStopping = statusCode >= 500 && stoppingWords.test(text.trim());
    return new DockerError(
      operation,
      isStopping ? "stopping" : kindOfStatus(statusCode),
      text.trim(),
      statusCode,
      error,
    );
  }
  const words = messageOf(error);
  return new DockerError(operation, kindOfFault(typeof code === "string" ? code : "", syscall, words), words, 0, error);
}

/** The client puts its own words before those of an error that came as a stream. */
function daemonWords(error: unknown): string {
  return messageOf(error).replace(/^\(HTTP code \d+\) [^-]*- /, "");
}

export function isDockerError(error: unknown, kind: DockerErrorKind): boolean {
  return error instanceof DockerError && error.kind === kind;
}

/** Of what the client throws: HTTP 409, e.g. for a name that is taken. */
export function isConflict(error: unknown): boolean {
  return (error as { readonly statusCode?: unknown } | null)?.statusCode === 409;
}

/** What a daemon that is restarted, or a connection to it that is cut, makes of a call. */
const cut: readonly DockerErrorKind[] = ["connection-lost", "unreachable", "stopping"];

/** True for a call that may go well a moment later: nothing was wrong with what it asked for. */
export function isCut(error: unknown): error is DockerError {
  return error instanceof DockerError && cut.includes(error.kind);
}

/** Of what the client throws: HTTP 304, for a container that is started or stopped already. */
export function isUnchanged(error: unknown): boolean {
  return (error as { readonly statusCode?: unknown } | null)?.statusCode === 304;
}
