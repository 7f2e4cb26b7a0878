import { AgentError } from "../support/errors.ts";
import { shownUrl } from "./url.ts";

/** Why a call got no answer, as data. `reason` is a clause without a full stop, `hint` one sentence on what to change. */
export interface NetworkFailure {
  readonly kind: "network";
  /** The system's or the library's code, e.g. ECONNREFUSED; "UNKNOWN" without one. */
  readonly code: string;
  /** "certificate" where the connection stood and trust was missing, "unreachable" for everything else. */
  readonly cause: "unreachable" | "certificate";
  readonly reason: string;
  readonly hint: string;
  /** True when a kept-alive connection turned out to be closed before anything came back on it. */
  readonly staleConnection?: boolean;
}

export interface CallTarget {
  readonly url: URL;
  /** Host and port of the proxy in use; null without. */
  readonly proxy: string | null;
}

const untrusted = new Set([
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "CERT_UNTRUSTED",
  "CERT_SIGNATURE_FAILURE",
  "INVALID_CA",
]);

const checkClock = "Renew the certificate; if it is valid, correct this machine's clock.";

/** Turns whatever a failed call threw into words. Also for calls of other libraries to the same hosts. */
export function describeNetworkError(error: unknown, target: CallTarget): NetworkFailure {
  const code = codeOf(error);
  const where = target.url.host;
  const certificate = describeCertificate(code, error, target.url.hostname);
  if (certificate !== null) return { kind: "network", code, cause: "certificate", ...certificate };
  return { kind: "network", code, cause: "unreachable", ...describeConnection(code, error, where, target) };
}

interface Words {
  readonly reason: string;
  readonly hint: string;
}

function describeCertificate(code: string, error: unknown, host: string): Words | null {
  if (untrusted.has(code)) {
    return {
      // Go's sentence: people search for it and scripts match it.
      reason: `x509: certificate signed by unknown authority (${host})`,
      hint: "Set tls-ca-file to the PEM file of the authority that signed the coordinator's certificate.",
    };
  }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") {
    const names = certificateNames(error);
    const valid = names === "" ? "" : `; it is for ${names}`;
    return {
      reason: `x509: certificate is not valid for ${host}${valid}`,
      hint: "Use one of the certificate's names in url, or have the certificate made out for this host.",
    };
  }
  if (code === "CERT_HAS_EXPIRED") {
    return { reason: `x509: certificate of ${host} has expired by this machine's clock`, hint: checkClock };
  }
  if (code === "CERT_NOT_YET_VALID") {
    return { reason: `x509: certificate of ${host} is not yet valid by this machine's clock`, hint: checkClock };
  }
  if (/ALERT_CERTIFICATE_REQUIRED|ALERT_BAD_CERTIFICATE|ALERT_UNKNOWN_CA|ALERT_CERTIFICATE_UNKNOWN/.test(code)) {
    return {
      reason: `${host} refused the client certificate, or asks for one`,
      hint: "Set tls-cert-file and tls-key-file to a client certificate that the coordinator accepts.",
    };
  }
  return null;
}

function describeConnection(code: string, error: unknown, where: string, target: CallTarget): Words {
  const via = target.proxy === null ? where : `${where} through the proxy ${target.proxy}`;
  const reach =
    target.proxy === null ? "Check url and the network" : "Check the proxy settings (HTTP_PROXY, HTTPS_PROXY)";
  switch (code) {
    case "ECONNREFUSED":
      return { reason: `connection refused by ${via}`, hint: `${reach}: nothing listens there.` };
    case "ENOTFOUND":
    case "EAI_NODATA":
    case "EAI_NONAME":
      return { reason: `no such host: ${via}`, hint: `${reach}: the name does not resolve.` };
    case "EAI_AGAIN":
      return { reason: `the name server did not answer for ${via}`, hint: `${reach}, and DNS on this machine.` };
    case "EHOSTUNREACH":
    case "ENETUNREACH":
      return { reason: `no route to ${via}`, hint: `${reach}.` };
    case "ETIMEDOUT":
      return { reason: `timed out: ${via} (${textOf(error)})`, hint: `${reach}; a firewall may drop the packets.` };
    case "ECONNRESET":
    case "EPIPE":
    case "ERR_HTTP_CONTENT_LENGTH_MISMATCH":
    case "ERR_STREAM_PREMATURE_CLOSE":
      return { reason: `connection to ${via} was closed before the answer was complete`, hint: `${reach}.` };
    case "ERR_PROXY_TUNNEL":
      return {
        reason: `the proxy ${target.proxy ?? ""} made no tunnel to ${where}: ${proxyAnswer(error)}`,
        hint: `${reach}.`,
      };
    case "EPROTO":
    case "ERR_SSL_WRONG_VERSION_NUMBER":
      return {
        reason: `TLS with ${via} failed (${sslReason(error)})`,
        hint:
          target.url.protocol === "https:" ? "If the coordinator speaks plain HTTP, use http:// in url." : `${reach}.`,
      };
    default:
      if (code.startsWith("HPE_")) {
        return { reason: `${via} does not speak HTTP`, hint: "If the coordinator speaks TLS, use https:// in url." };
      }
      return { reason: `call to ${via} failed: ${textOf(error)}`, hint: `${reach}.` };
  }
}

/** The failure as a command ends with it. */
export function networkAgentError(failure: NetworkFailure, url: URL): AgentError {
  const code = failure.cause === "certificate" ? "COORDINATOR_CERTIFICATE" : "COORDINATOR_UNREACHABLE";
  return new AgentError(code, `The coordinator at ${shownUrl(url)} did not answer: ${failure.reason}.`, {
    hint: failure.hint,
  });
}

/** Node attaches the certificate to its error, got the error as the cause of its own. */
function certificateNames(error: unknown): string {
  for (const each of [error, error instanceof Error ? error.cause : null]) {
    const { subjectaltname } = (each as { cert?: { subjectaltname?: unknown } } | null)?.cert ?? {};
    if (typeof subjectaltname === "string") return subjectaltname;
  }
  return "";
}

function codeOf(error: unknown): string {
  if (error instanceof Error && "code" in error && typeof error.code === "string") return error.code;
  return "UNKNOWN";
}

/** One line without what follows in OpenSSL's and Node's longer texts. */
function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return (text.split("\n")[0] ?? "").slice(0, 300);
}

function proxyAnswer(error: unknown): string {
  return /HTTP\/1\.[01] (.*)$/.exec(textOf(error))?.[1] ?? textOf(error);
}

function sslReason(error: unknown): string {
  return /SSL routines:[^:]*:([^:]+)/.exec(textOf(error))?.[1] ?? textOf(error);
}
