import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { AgentError } from "../../support/errors.ts";

export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

/** `127.0.0.1:8080`, `[::1]:0`, `:8080` (every address) or a bare host (port 0: one that is free). */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]*))(?::(\d{1,5}))?$/i.exec(text.trim());
  const port = Number(match?.[3] ?? 0);
  if (match === null || port > 65535) {
    throw new AgentError("LISTEN_ADDRESS", `"${text}" is no address to listen on`, {
      hint: "Write HOST:PORT, for example 127.0.0.1:8929, [::1]:8929 or :8929 for every address.",
      exitCode: 2,
    });
  }
  return { host: match[1] || match[2] || "0.0.0.0", port };
}

/** `http://host:port` of an address; every-address becomes loopback. */
export function urlOf(address: ListenAddress): string {
  const host = address.host === "0.0.0.0" ? "127.0.0.1" : address.host === "::" ? "::1" : address.host;
  return `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`;
}

/** An hour: long enough for the largest upload, an end for one that hangs. */
const requestTimeoutMs = 3_600_000;

/**
 * One server per address, all with the same listener and the same port: where the first says 0, the port that it
 * gets is used for the others. Either all listen, or none.
 */
export async function listenOn(
  addresses: readonly ListenAddress[],
  listener: RequestListener,
): Promise<{ readonly servers: readonly Server[]; readonly addresses: readonly ListenAddress[] }> {
  const servers: Server[] = [];
  const bound: ListenAddress[] = [];
  try {
    for (const address of addresses) {
      const server = createServer({ requestTimeout: requestTimeoutMs, keepAliveTimeout: 75_000 }, listener);
      const port = address.port === 0 ? (bound[0]?.port ?? 0) : address.port;
      await listen(server, { host: address.host, port });
      servers.push(server);
      bound.push({ host: address.host, port: (server.address() as AddressInfo).port });
    }
  } catch (error) {
    for (const server of servers) server.close();
    throw error;
  }
  return { servers, addresses: bound };
}

function listen(server: Server, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(listenError(error, address)));
    server.listen(address.port, address.host, () => {
      server.removeAllListeners("error");
      resolve();
    });
  });
}

const noSuchAddress = {
  code: "LISTEN_NO_SUCH_ADDRESS",
  what: "this machine has no such address",
  hint: "Give --listen an address of this machine; `ip addr` lists them.",
};

const listenErrors = new Map([
  [
    "EADDRINUSE",
    {
      code: "LISTEN_PORT_TAKEN",
      what: "another program has this port",
      hint: "Choose another port with --listen, or port 0 for one that is free.",
    },
  ],
  ["EADDRNOTAVAIL", noSuchAddress],
  ["ENOTFOUND", noSuchAddress],
  ["EAI_AGAIN", noSuchAddress],
  [
    "EACCES",
    {
      code: "LISTEN_NOT_ALLOWED",
      what: "not allowed for this user",
      hint: "Ports below 1024 are for root: choose a higher one with --listen.",
    },
  ],
]);

function listenError(error: NodeJS.ErrnoException, { host, port }: ListenAddress): AgentError {
  const { code, what, hint } = listenErrors.get(error.code ?? "") ?? {
    code: "LISTEN_FAILED",
    what: error.message,
    hint: "Choose another address with --listen.",
  };
  return new AgentError(code, `cannot listen on ${host}:${port}: ${what}`, { hint, cause: error });
}
