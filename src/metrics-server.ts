import type { OutgoingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { AgentError, messageOf } from "./support/errors.ts";
import { createServer } from "./support/node-http.ts";

const defaultPort = 9252;

export interface MetricsServer {
  /** `HOST:PORT` it listens on. */
  readonly address: string;
  close(): Promise<void>;
}

/** What the server shows; each is made when it is asked for. */
export interface MetricsPages {
  metrics(): Promise<string>;
  jobs(): string;
}

/**
 * Serves /metrics, /debug/jobs/list and /health/ready on `listen_address` (protocol section 4.6).
 * @throws AgentError LISTEN_ADDRESS, METRICS_PORT
 */
export async function startMetricsServer(listenAddress: string, pages: MetricsPages): Promise<MetricsServer> {
  const { host, port } = parseListenAddress(listenAddress);
  const server = createServer((request, response) => {
    const path = (request.url ?? "/").replace(/\?.*$/s, "");
    const answer = (status: number, type: string, body: string, headers = {}) =>
      response.writeHead(status, { "content-type": type, ...headers }).end(request.method === "HEAD" ? "" : body);
    // A page that can't be made must not end the agent.
    const show = (type: string, headers: OutgoingHttpHeaders, page: () => string | Promise<string>) =>
      void Promise.try(page).then(
        (text) => answer(200, type, text, headers),
        (error: unknown) => answer(500, "text/plain", `${messageOf(error)}\n`),
      );
    if (request.method !== "GET" && request.method !== "HEAD") return answer(405, "text/plain", "method not allowed\n");
    switch (path) {
      case "/metrics":
        return show("text/plain; version=0.0.4; charset=utf-8", {}, () => pages.metrics());
      case "/debug/jobs/list":
        return show("text/plain", { "x-list-version": "2" }, () => pages.jobs());
      case "/health/ready":
        return answer(200, "text/plain", "ready\n");
      default:
        return answer(404, "text/plain", "not found\n");
    }
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error) =>
      reject(
        new AgentError("METRICS_PORT", `the metrics server can't listen on ${listenAddress}: ${error.message}`, {
          hint: "set listen_address in config.toml to an address and port that are free",
          exitCode: 2,
          cause: error,
        }),
      ),
    );
    server.listen(port, host, resolve);
  });
  const { address, port: actual } = server.address() as AddressInfo;
  return {
    address: `${address.includes(":") ? `[${address}]` : address}:${actual}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function parseListenAddress(text: string): { readonly host: string | undefined; readonly port: number } {
  const match = /^(?:\[([0-9a-fA-F:]+)\]|([^:[\]]*))(?::(\d{1,5}))?$/.exec(text);
  const port = match?.[3] === undefined ? defaultPort : Number(match[3]);
  if (!match || port > 65535) {
    throw new AgentError("LISTEN_ADDRESS", `listen_address = "${text}" is not an address`, {
      hint: 'write HOST:PORT or :PORT, such as "127.0.0.1:9252"',
      exitCode: 2,
    });
  }
  const host = match[1] ?? match[2] ?? "";
  return { host: host === "" ? undefined : host, port };
}
