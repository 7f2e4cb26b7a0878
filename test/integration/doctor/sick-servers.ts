import { createServer as createHttpServer, type RequestListener, type Server as HttpServer } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { issueDaemonCertificates } from "../../../src/daemon/certificates.ts";

/** A coordinator with a fault of its own; `await using` closes it. */
export interface SickServer extends AsyncDisposable {
  readonly url: string;
}

/** Knows every token, has no repository, and lives at another time. */
export function skewedCoordinator(address: string, skewMs: number): Promise<SickServer> {
  return serve(address, (request, response) => {
    response.setHeader("Date", new Date(Date.now() + skewMs).toUTCString());
    answer(request.url ?? "", response);
  });
}

/** Is down, and says so. */
export function coordinatorInMaintenance(address: string): Promise<SickServer> {
  return serve(address, (_, response) => {
    response.writeHead(503).end();
  });
}

/** Never answers a request whose header is longer than a packet, as if the packets were lost on the way. */
export function coordinatorBehindNarrowLink(address: string): Promise<SickServer> {
  return serve(address, (request, response) => {
    if (JSON.stringify(request.headers).length < 2_000) answer(request.url ?? "", response);
  });
}

/** Is well, but only who has the certificate of its authority knows that it is itself. */
export async function privateCoordinator(address: string): Promise<SickServer & { readonly authority: string }> {
  const { server: certificates } = await issueDaemonCertificates([address], Date.now(), 600_000);
  const server = createHttpsServer({ cert: certificates.cert, key: certificates.key }, (request, response) =>
    answer(request.url ?? "", response),
  );
  return { ...(await listen(server, address, "https")), authority: certificates.ca };
}

function answer(url: string, response: Parameters<RequestListener>[1]): void {
  const isVerify = url.endsWith("/runners/verify");
  response.writeHead(isVerify ? 200 : 401, { "Content-Type": "application/json" });
  response.end(isVerify ? JSON.stringify({ id: 1, token: "glrt-sick" }) : "{}");
}

const serve = (address: string, listener: RequestListener): Promise<SickServer> =>
  listen(createHttpServer(listener), address, "http");

async function listen(server: HttpServer, address: string, scheme: string): Promise<SickServer> {
  await new Promise<void>((resolve) => void server.listen(0, address, resolve));
  return {
    url: `${scheme}://${address}:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}

/** Takes every connection on a Unix socket and never says a word. */
export async function hangingDaemon(path: string): Promise<AsyncDisposable> {
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => open.add(socket.on("error", () => {})));
  await new Promise<void>((resolve) => void server.listen(path, resolve));
  return {
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
