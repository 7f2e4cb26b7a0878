import { request } from "../support/node-http.ts";
import { isIP } from "node:net";
import type { Duplex } from "node:stream";
import { connect } from "node:tls";
import type { DockerCertificates } from "../job/plan.ts";

/** /info of a large daemon has some ten KiB; whoever answers in a daemon's place may never end. */
const mostBytes = 1024 * 1024;

export interface PingAnswer {
  readonly status: number;
  readonly apiVersion: string;
  readonly body: string;
}

/**
 * Asks a Docker daemon at the other end of a connection whether it is ready: GET /_ping (Docker API, "SystemPing").
 *
 * @param certificates null for plain HTTP
 * @param host name that the daemon's certificate must hold
 */
export function ping(
  connection: Duplex,
  host: string,
  certificates: DockerCertificates | null,
  signal: AbortSignal,
): Promise<PingAnswer> {
  return askDaemon(connection, host, certificates, "/_ping", signal);
}

/** GET `path`; as `ping`, with what the daemon answers. */
export async function askDaemon(
  connection: Duplex,
  host: string,
  certificates: DockerCertificates | null,
  path: string,
  signal: AbortSignal,
): Promise<PingAnswer> {
  const socket = certificates === null ? connection : await secure(connection, host, certificates, signal);
  const answer = Promise.withResolvers<PingAnswer>();
  // An agent's free sockets would keep the tunnel open, so each ping has its connection for itself.
  const call = request(
    { createConnection: () => socket as never, host, path, headers: { connection: "close" }, signal },
    (response) => {
      const pieces: Buffer[] = [];
      let bytes = 0;
      response.on("data", (piece: Buffer) => {
        bytes += piece.length;
        if (bytes > mostBytes) response.destroy(new Error(`its answer to ${path} is longer than ${mostBytes} bytes`));
        else pieces.push(piece);
      });
      response.on("error", answer.reject);
      response.on("end", () => {
        const apiVersion = String(response.headers["api-version"] ?? "");
        answer.resolve({ status: response.statusCode ?? 0, apiVersion, body: Buffer.concat(pieces).toString("utf8") });
      });
    },
  );
  call.on("error", answer.reject);
  call.end();
  try {
    return await answer.promise;
  } finally {
    socket.destroy();
    connection.destroy();
  }
}

/**
 * Resolves when a server at the other end answers in TLS, be it that it asks for a certificate that nobody here has:
 * dockerd takes connections long before, but reads from them only when its API is up.
 */
export function awaitTlsAnswer(connection: Duplex, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    // Whose certificate it is isn't asked: nothing is said to it.
    const socket = connect({ socket: connection, rejectUnauthorized: false });
    const settle = (error: Error | null) => {
      socket.destroy();
      connection.destroy();
      if (error === null || /alert/i.test(error.message)) resolve();
      else reject(error);
    };
    socket.on("error", settle);
    socket.once("secureConnect", () => settle(null));
    socket.once("close", () => settle(new Error("the connection was closed")));
    signal.addEventListener("abort", () => settle(signal.reason as Error), { once: true });
  });
}

function secure(
  connection: Duplex,
  host: string,
  certificates: DockerCertificates,
  signal: AbortSignal,
): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const { ca, cert, key } = certificates;
    const socket = connect({
      socket: connection,
      host,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ca,
      cert,
      key,
    });
    const fail = (error: Error) => {
      socket.destroy();
      reject(error);
    };
    socket.once("error", fail);
    signal.addEventListener("abort", () => fail(signal.reason as Error), { once: true });
    socket.once("secureConnect", () => {
      socket.off("error", fail);
      socket.on("error", () => {});
      resolve(socket);
    });
    socket.once("close", () => fail(new Error("the connection was closed")));
  });
}
