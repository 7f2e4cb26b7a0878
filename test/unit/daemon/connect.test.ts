import { createServer as createHttpServer, type RequestListener, type Server } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo } from "node:net";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { inspect } from "node:util";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { parseDaemonAddress } from "../../../src/daemon/address.ts";
import { type DaemonCertificates, issueDaemonCertificates } from "../../../src/daemon/certificates.ts";
import { connectDocker } from "../../../src/daemon/connect.ts";

interface Endpoint {
  readonly server: Server;
  readonly seen: string[];
}

let folder: string;
let certificates: DaemonCertificates;
let socket: Endpoint;
let plain: Endpoint;
let secure: Endpoint;
/** What a hostile environment points at; nothing may ever arrive there. */
let decoy: Endpoint;

function endpoint(name: string, make: (listener: RequestListener) => Server): Endpoint {
  const seen: string[] = [];
  const server = make((request, response) => {
    seen.push(`${request.method} ${request.url}`);
    response.setHeader("content-type", "application/json").end(JSON.stringify({ Version: name }));
  });
  return { server, seen };
}

const listen = ({ server }: Endpoint, where: string | number) =>
  new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    if (typeof where === "string") server.listen(where, resolve);
    else server.listen(where, "127.0.0.1", resolve);
  });
const portOf = ({ server }: Endpoint) => (server.address() as AddressInfo).port;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "longshore-connect-"));
  certificates = await issueDaemonCertificates(["localhost"], Date.now(), 3_600_000);
  const { ca, cert, key } = certificates.server;
  socket = endpoint("socket", createHttpServer);
  plain = endpoint("plain", createHttpServer);
  decoy = endpoint("decoy", createHttpServer);
  secure = endpoint("secure", (listener) =>
    createHttpsServer({ ca, cert, key, requestCert: true, rejectUnauthorized: true }, listener),
  );
  await listen(socket, join(folder, "docker.sock"));
  await Promise.all([plain, secure, decoy].map((one) => listen(one, 0)));
});

afterAll(async () => {
  for (const { server } of [socket, plain, secure, decoy]) {
    server.closeAllConnections();
    server.close();
  }
  await rm(folder, { recursive: true });
});

const environments: [string, () => Readonly<Record<string, string>>][] = [
  ["nothing", () => ({})],
  ["DOCKER_HOST on TCP", () => ({ DOCKER_HOST: `tcp://127.0.0.1:${portOf(decoy)}` })],
  [
    "DOCKER_HOST and DOCKER_TLS_VERIFY",
    () => ({ DOCKER_HOST: `tcp://127.0.0.1:${portOf(decoy)}`, DOCKER_TLS_VERIFY: "1" }),
  ],
  ["DOCKER_TLS_VERIFY alone", () => ({ DOCKER_TLS_VERIFY: "1" })],
  ["DOCKER_HOST on a socket that is not there", () => ({ DOCKER_HOST: "unix:///nowhere/docker.sock" })],
  [
    "a DOCKER_CERT_PATH that is not there",
    () => ({ DOCKER_HOST: "tcp://docker:2376", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/nowhere" }),
  ],
  ["a DOCKER_HOST that is no address", () => ({ DOCKER_HOST: "tcp://not an address" })],
  ["DOCKER_HOST over ssh", () => ({ DOCKER_HOST: "ssh://user@docker.test", SSH_AUTH_SOCK: "/nowhere/agent" })],
  [
    "a path prefix and a timeout",
    () => ({ DOCKER_HOST: "tcp://docker:2375", DOCKER_PATH_PREFIX: "/prefix", DOCKER_CLIENT_TIMEOUT: "1" }),
  ],
];

describe.each(environments)("with %s in the environment", (_, environment) => {
  beforeEach(() => {
    for (const name of ["DOCKER_HOST", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"]) vi.stubEnv(name, undefined);
    for (const [name, value] of Object.entries(environment())) vi.stubEnv(name, value);
    for (const { seen } of [socket, plain, secure, decoy]) seen.length = 0;
  });
  afterEach(() => {
    expect(decoy.seen).toEqual([]);
    for (const [name, value] of Object.entries(environment())) expect(process.env[name]).toBe(value);
    vi.unstubAllEnvs();
  });

  test("a socket is dialled when a socket is asked for", async () => {
    const engine = connectDocker(parseDaemonAddress(`unix://${folder}/docker.sock`, false), null);
    expect(await engine.version()).toEqual({ Version: "socket" });
    expect(socket.seen).toEqual(["GET /version"]);
  });

  test("plain TCP is dialled when plain TCP is asked for", async () => {
    const engine = connectDocker(parseDaemonAddress(`tcp://127.0.0.1:${portOf(plain)}`, false), null);
    expect(await engine.version()).toEqual({ Version: "plain" });
    expect(plain.seen).toEqual(["GET /version"]);
  });

  test("TLS is spoken, with our certificate and their CA, when TLS is asked for", async () => {
    const engine = connectDocker(parseDaemonAddress(`tcp://localhost:${portOf(secure)}`, true), certificates.client);
    expect(await engine.version()).toEqual({ Version: "secure" });
    expect(secure.seen).toEqual(["GET /version"]);
  });

  test("a daemon of another CA is not talked to", async () => {
    const others = await issueDaemonCertificates(["localhost"], Date.now(), 3_600_000);
    const engine = connectDocker(parseDaemonAddress(`tcp://localhost:${portOf(secure)}`, true), {
      ...certificates.client,
      ca: others.client.ca,
    });
    await expect(engine.version()).rejects.toThrow(/certificate|self.signed/i);
    expect(secure.seen).toEqual([]);
  });
});

test("connections are kept for the next call", async () => {
  let connections = 0;
  plain.server.on("connection", () => connections++);
  const engine = connectDocker(parseDaemonAddress(`tcp://127.0.0.1:${portOf(plain)}`, false), null);
  await engine.version();
  await engine.version();
  expect(connections).toBe(1);
});

test("its connections are no part of what the client writes out at each call", async () => {
  const engine = connectDocker(parseDaemonAddress(`tcp://127.0.0.1:${portOf(plain)}`, false), null);
  await engine.version();
  const { agent } = engine.modem as unknown as { readonly agent: unknown };
  expect(inspect({ agent }, { showHidden: true, depth: null })).toBe("{ agent: the daemon's connections }");
});
