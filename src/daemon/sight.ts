import { connect, type Socket } from "node:net";
import { isTlsCode } from "../docker/errors.ts";
import { ping, type PingAnswer } from "../docker/ping.ts";
import type { DockerCertificates } from "../job/plan.ts";
import { AgentError, messageOf } from "../support/errors.ts";
import { type DaemonAddress, parseDaemonAddress } from "./address.ts";
import { readDockerCertificates } from "./certificate-files.ts";
import type { DaemonSettings } from "./daemons.ts";

/** What one look at a Docker daemon found. */
export type DaemonSight =
  | { readonly kind: "answers" }
  /** `words`: nobody is there, no way leads there, TLS fails, what answers is not well; `hint`: "" where `words` say it. */
  | { readonly kind: "unreachable"; readonly words: string; readonly hint: string }
  /** The connection was taken and nothing came in the limit. */
  | { readonly kind: "hangs" };

const wordsOf: Readonly<Record<string, string>> = {
  ENOENT: "its socket is not there",
  ENOTDIR: "its socket is not there",
  ECONNREFUSED: "nobody listens there",
  ENOTFOUND: "its name is not known",
  EAI_AGAIN: "its name is not known",
  EHOSTUNREACH: "no way leads to its host",
  ENETUNREACH: "no way leads to its host",
  EACCES: "the agent's user may not use its socket",
  EPERM: "the agent's user may not use its socket",
  EAGAIN: "it takes no connections",
  ECONNRESET: "the connection was cut",
  EPIPE: "the connection was cut",
};

/**
 * One cheap question, GET /_ping (Docker API, "SystemPing"), on a connection of its own: one that is kept may have
 * died long ago without anybody noticing. Rejects only with the signal's reason.
 *
 * @param limitMs milliseconds for all of it
 */
export async function lookAtDaemon(docker: DaemonSettings, limitMs: number, signal: AbortSignal): Promise<DaemonSight> {
  signal.throwIfAborted();
  const limit = AbortSignal.timeout(limitMs);
  const both = AbortSignal.any([signal, limit]);
  let socket: Socket | null = null;
  let connected = false;
  try {
    const address = parseDaemonAddress(docker.host, docker.tls_verify);
    const tls = address.kind === "tcp" && address.tls;
    const certificates = tls ? await readDockerCertificates(docker.tls_cert_path) : null;
    socket = address.kind === "unix" ? connect({ path: address.path }) : connect(address.port, address.host);
    await connection(socket, both);
    connected = true;
    return sightOf(await ask(socket, address, certificates, both));
  } catch (error) {
    signal.throwIfAborted();
    if (limit.aborted) {
      if (connected) return { kind: "hangs" };
      return { kind: "unreachable", words: `nobody took the connection in ${limitMs / 1000} s`, hint: "" };
    }
    return { kind: "unreachable", words: words(error), hint: error instanceof AgentError ? error.hint : "" };
  } finally {
    socket?.destroy();
  }
}

function connection(socket: Socket, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    // Kept: whatever breaks later is no uncaught error.
    socket.on("error", reject);
    socket.once("connect", resolve);
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}

function ask(
  socket: Socket,
  address: DaemonAddress,
  certificates: DockerCertificates | null,
  signal: AbortSignal,
): Promise<PingAnswer> {
  return ping(socket, address.kind === "tcp" ? address.host : "localhost", certificates, signal);
}

/** A proxy in front of the daemon may forbid the question: somebody is there all the same. */
function sightOf({ status, body }: PingAnswer): DaemonSight {
  const isHttpToHttps = status === 400 && /HTTPS server/.test(body);
  if (status < 500 && !isHttpToHttps) return { kind: "answers" };
  const said = body.trim().slice(0, 200);
  return { kind: "unreachable", words: `it answers with HTTP ${status}${said === "" ? "" : `: ${said}`}`, hint: "" };
}

function words(error: unknown): string {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  if (typeof code !== "string" || error instanceof AgentError) return messageOf(error);
  if (isTlsCode(code)) return `TLS fails: ${messageOf(error)}`;
  const known = wordsOf[code];
  return known === undefined ? messageOf(error) : `${known} (${code})`;
}
