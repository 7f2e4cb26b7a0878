import { randomBytes, randomInt } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import {
  createServer as createPlainServer,
  type IncomingMessage,
  type Server as PlainServer,
  type ServerResponse,
  request as forward,
} from "node:http";
import { createServer, get, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as pause } from "node:timers/promises";
import { issueDaemonCertificates } from "../../src/daemon/certificates.ts";
import type { Engine } from "../../src/docker/engine.ts";
import { images } from "./engine.ts";

/** Says whether somebody may use the registry. */
export type Login = (user: string, password: string) => boolean | Promise<boolean>;

/**
 * A docker-registry behind TLS and basic authentication, as an installation has it: its authority is known to daemons
 * that are given `certificates` as /etc/docker/certs.d. Beside it, a second address lets everybody read: for daemons
 * with `daemonConfig` as /etc/docker/daemon.json that is the mirror of Docker Hub.
 */
export interface TestRegistry extends AsyncDisposable {
  /** What image names begin with, and CI_REGISTRY is. */
  readonly host: string;
  /** The same on loopback, where the engine takes it without TLS, behind the same login. */
  readonly local: string;
  /** The same on loopback, for everybody. */
  readonly open: string;
  readonly certificates: string;
  readonly daemonConfig: string;
  /** Puts an image of the engine under `name`, `REPOSITORY:TAG`. */
  push(image: string, name: string): Promise<void>;
  /** The status that somebody gets who comes in with this login. */
  knock(user: string, password: string): Promise<number>;
  /** What is under a tag, asked for past the front; null when there is nothing. */
  find(repository: string, tag: string): Promise<StoredImage | null>;
}

export interface StoredImage {
  readonly digest: string;
  readonly layers: number;
}

const labels = { "dev.longshore.test": "registry" };
const lifetimeMs = 3_600_000;
const readyLimitMs = 30_000;
const pauseMs = 50;

/** The registry is a container on this machine's engine; the front is in this process. */
export async function startRegistry(engine: Engine, login: Login): Promise<TestRegistry> {
  await using cleanup = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "longshore-test-registry-"));
  cleanup.defer(() => rm(directory, { recursive: true, force: true }));
  const name = `longshore-test-registry-${randomBytes(4).toString("hex")}`;

  // An address outside the pools that daemons take their networks from: the one inside a dind uses the same pools.
  const subnet = `198.18.${randomInt(256)}`;
  const network = await engine.createNetwork({
    Name: name,
    Labels: labels,
    IPAM: { Config: [{ Subnet: `${subnet}.0/28`, Gateway: `${subnet}.1` }] },
  });
  cleanup.defer(() => network.remove());
  const container = await engine.createContainer({
    name,
    Image: images.registry,
    Labels: labels,
    Env: ["REGISTRY_HTTP_RELATIVEURLS=true"],
    // On loopback every daemon takes a registry without TLS.
    HostConfig: { NetworkMode: name, PortBindings: { "5000/tcp": [{ HostIp: "127.0.0.1", HostPort: "" }] } },
  });
  cleanup.defer(() => container.remove({ force: true, v: true }));
  await container.start();
  const { Ports } = (await container.inspect()).NetworkSettings;
  const plain = `127.0.0.1:${Ports["5000/tcp"]?.[0]?.HostPort ?? ""}`;
  await answers(`http://${plain}/v2/`);

  const address = `${subnet}.1`;
  const { server: certificate } = await issueDaemonCertificates([address], Date.now(), lifetimeMs);
  const certificates = join(directory, "certs.d");
  const open = async (admits: Admits): Promise<string> => {
    const front = createServer({ cert: certificate.cert, key: certificate.key }, (request, response) => {
      void serve(request, response, plain, admits);
    });
    const host = `${address}:${await listen(front, address)}`;
    cleanup.defer(() => close(front));
    await mkdir(join(certificates, host), { recursive: true });
    await writeFile(join(certificates, host, "ca.crt"), certificate.ca);
    return host;
  };
  const host = await open(({ headers }) => login(...basicCredentials(headers.authorization)));
  const front = createPlainServer((request, response) => {
    void serve(request, response, plain, ({ headers }) => login(...basicCredentials(headers.authorization)));
  });
  const local = `127.0.0.1:${await listen(front, "127.0.0.1")}`;
  cleanup.defer(() => close(front));
  const mirror = await open(({ method }) => method === "GET" || method === "HEAD");
  const daemonConfig = join(directory, "daemon.json");
  await writeFile(daemonConfig, JSON.stringify({ "registry-mirrors": [`https://${mirror}`] }));

  const owned = cleanup.move();
  return {
    host,
    local,
    open: plain,
    certificates,
    daemonConfig,
    push: (image, target) => push(engine, image, `${plain}/${target}`),
    knock: (user, password) => statusOf(`https://${host}/v2/`, `${user}:${password}`, certificate.ca),
    find: (repository, tag) => find(`http://${plain}/v2/${repository}/manifests/${tag}`),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

type Admits = (request: IncomingMessage) => boolean | Promise<boolean>;

/** The front: who may not come in hears so, everything else is handed on as it is. */
async function serve(
  request: IncomingMessage,
  response: ServerResponse,
  registry: string,
  admits: Admits,
): Promise<void> {
  const { method = "GET", url = "/", headers } = request;
  if (!(await admits(request))) {
    response.writeHead(401, {
      "WWW-Authenticate": 'Basic realm="registry"',
      "Docker-Distribution-Api-Version": "registry/2.0",
    });
    response.end();
    return;
  }
  const { authorization: _, ...rest } = headers;
  const onward = forward(`http://${registry}${url}`, { method, headers: rest }, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onward.on("error", () => response.destroy());
  request.pipe(onward);
}

function basicCredentials(header = ""): [user: string, password: string] {
  const text = Buffer.from(header.replace(/^Basic /, ""), "base64").toString("utf8");
  const colon = text.indexOf(":");
  return [text.slice(0, Math.max(0, colon)), text.slice(colon + 1)];
}

async function push(engine: Engine, image: string, target: string): Promise<void> {
  const [repo = "", tag = ""] = /^(.+):([^:]+)$/.exec(target)?.slice(1) ?? [];
  await engine.getImage(image).tag({ repo, tag });
  try {
    const output = await text(await engine.getImage(target).push({ authconfig: {} }));
    if (output.includes('"error"')) throw new Error(output);
  } finally {
    await engine.getImage(target).remove();
  }
}

async function find(url: string): Promise<StoredImage | null> {
  const response = await fetch(url, { headers: { accept: "application/vnd.docker.distribution.manifest.v2+json" } });
  if (!response.ok) return null;
  const { layers } = (await response.json()) as { layers: readonly unknown[] };
  return { digest: response.headers.get("docker-content-digest") ?? "", layers: layers.length };
}

function statusOf(url: string, auth: string, ca: string): Promise<number> {
  return new Promise((resolve, reject) => {
    get(url, { auth, ca, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    }).on("error", reject);
  });
}

async function answers(url: string): Promise<void> {
  const until = Date.now() + readyLimitMs;
  for (;;) {
    const isReady = await fetch(url).then(
      (response) => response.ok,
      () => false,
    );
    if (isReady) return;
    if (Date.now() > until) throw new Error(`${url} does not answer: these tests need an engine on this machine`);
    await pause(pauseMs);
  }
}

function listen(server: Server | PlainServer, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, address, () => resolve((server.address() as AddressInfo).port));
  });
}

function close(server: Server | PlainServer): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => void server.close(() => resolve()));
}
