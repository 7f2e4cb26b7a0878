import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { lookAtDaemon } from "../../../src/daemon/sight.ts";

const ever = new AbortController().signal;
let directory: string;
let path: string;
const servers: Server[] = [];
const sockets = new Set<Socket>();

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "longshore-sight-"));
  path = join(directory, "docker.sock");
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
  await rm(directory, { recursive: true });
});

async function listen(server: Server, at: string | number = path): Promise<Server> {
  servers.push(server);
  server.on("connection", (socket) => sockets.add(socket));
  server.listen(at);
  await once(server, "listening");
  return server;
}

function look(limitMs: number, host = `unix://${path}`, signal = ever) {
  return lookAtDaemon({ host, tls_verify: false, tls_cert_path: join(directory, "none") }, limitMs, signal);
}

const answering = (status: number, body = "OK") =>
  createHttpServer((request, response) => {
    expect(request.url).toBe("/_ping");
    response.writeHead(status).end(body);
  });

test("a daemon that is well answers, at a socket and at an address", async () => {
  await listen(answering(200));
  expect(await look(30_000)).toEqual({ kind: "answers" });
  const { port } = (await listen(answering(200), 0)).address() as AddressInfo;
  expect(await look(30_000, `tcp://127.0.0.1:${port}`)).toEqual({ kind: "answers" });
});

test("a proxy that forbids the question stands before a daemon that is there", async () => {
  await listen(answering(403, "Forbidden"));
  expect(await look(30_000)).toEqual({ kind: "answers" });
});

test.each([
  [503, "the daemon is shutting down", "it answers with HTTP 503: the daemon is shutting down"],
  [
    400,
    "Client sent an HTTP request to an HTTPS server.",
    "it answers with HTTP 400: Client sent an HTTP request to an HTTPS server.",
  ],
])("an answer with HTTP %d is not that of a daemon that can be used", async (status, body, words) => {
  await listen(answering(status, body));
  expect(await look(30_000)).toEqual({ kind: "unreachable", words, hint: "" });
});

test("a socket that is not there, and one that nobody listens at, are told apart", async () => {
  expect(await look(30_000)).toMatchObject({ kind: "unreachable", words: "its socket is not there (ENOENT)" });
  const server = await listen(createServer(), 0);
  const { port } = server.address() as AddressInfo;
  server.close();
  const sight = await look(30_000, `tcp://127.0.0.1:${port}`);
  expect(sight).toMatchObject({ kind: "unreachable", words: "nobody listens there (ECONNREFUSED)" });
});

test("a connection that is taken and cut is no daemon's", async () => {
  await listen(createServer((socket) => socket.destroy()));
  expect(await look(30_000)).toMatchObject({ kind: "unreachable", words: /was cut|closed/ });
});

test("a connection that is taken and never answered hangs", async () => {
  await listen(createServer());
  expect(await look(50)).toEqual({ kind: "hangs" });
});

test("certificates that can't be read are said, with what to change", async () => {
  const sight = await look(30_000, "https://127.0.0.1:1");
  expect(sight).toMatchObject({ kind: "unreachable", words: /client certificate/, hint: /tls_cert_path/ });
});

test("the signal ends it with its own reason, and the connection with it", async () => {
  const server = await listen(createServer());
  const connected = once(server, "connection");
  const end = new AbortController();
  const failure = look(30_000, undefined, end.signal).catch((error: unknown) => error);
  const [socket] = (await connected) as [Socket];
  socket.resume();
  const closed = once(socket, "close");
  end.abort(new Error("the agent ends"));
  expect(await failure).toMatchObject({ message: "the agent ends" });
  await closed;
});
