import { messageOf } from "../support/errors.ts";

export type DockerErrorKind =
  | "not-found"
  | "conflict"
  | "unauthorized"
  | "forbidden"
  | "bad-request"
  | "server"
  /** Nobody listens at the address, or the name doesn't resolve. */
  | "unreachable"
  | "permission-denied"
  | "tls"
  /** The connection broke while a call was under way. */
  | "connection-lost"
  | "timeout";

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

function kindOfCode(code: string): DockerErrorKind {
  if (code === "EACCES" || code === "EPERM") return "permission-denied";
  if (["ENOENT", "ECONNREFUSED", "ENOTFOUND", "EAI_AGAIN", "EHOSTUNREACH", "ENETUNREACH", "ENOTDIR"].includes(code))
    return "unreachable";
  if (code === "ETIMEDOUT") return "timeout";
  if (
    code.startsWith("ERR_TLS") ||
    code.startsWith("ERR_SSL") ||
    code === "EPROTO" ||
    /^ERR_OSSL|CERT|SIGNATURE|CRL/.test(code)
  )
    return "tls";
  return "connection-lost";
}

/** What dockerode threw, as a DockerError. The daemon's message stands in the body's `message`. */
export function toDockerError(operation: string, error: unknown): DockerError {
  if (error instanceof DockerError) return error;
  const { statusCode, json, code } = (error ?? {}) as { statusCode?: unknown; json?: unknown; code?: unknown };
  if (typeof statusCode === "number") {
    const said = (json as { message?: unknown } | null | undefined)?.message;
    const text = typeof said === "string" ? said : daemonWords(error);
    return new DockerError(operation, kindOfStatus(statusCode), text.trim(), statusCode, error);
  }
  return new DockerError(operation, kindOfCode(typeof code === "string" ? code : ""), messageOf(error), 0, error);
}

/** The client puts its own words before those of an error that came as a stream. */
function daemonWords(error: unknown): string {
  return messageOf(error).replace(/^\(HTTP code \d+\) [^-]*- /, "");
}

export function isDockerError(error: unknown, kind: DockerErrorKind): boolean {
  return error instanceof DockerError && error.kind === kind;
}
