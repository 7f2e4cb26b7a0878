import { randomBytes, randomInt } from "node:crypto";
import { setTimeout as pause } from "node:timers/promises";
import { AwsClient } from "aws4fetch";
import { encodePath } from "../../src/cache/object-store.ts";
import type { Engine } from "../../src/docker/engine.ts";
import { images } from "./engine.ts";

const labels = { "dev.longshore.test": "object-store" };
const port = "9000";
const limitMs = 60_000;
const pauseMs = 50;

/** The keys that the image of the server has. */
export const storeKeys = { access: "test-access-key", secret: "test-secret-key" } as const;
export const bucket = "caches";

/** An S3-compatible server in a container. */
export interface ObjectStore extends AsyncDisposable {
  /** Names of all objects, sorted. */
  list(): Promise<readonly string[]>;
  read(object: string): Promise<Buffer>;
  write(object: string, content: Buffer): Promise<void>;
  remove(object: string): Promise<void>;
  /** Ids of uploads in parts that nobody has finished or aborted. */
  uploads(): Promise<readonly string[]>;
}

/**
 * `HOST:PORT` that a server will have, for configurations that are written before it is started. An address outside the
 * pools that daemons take their networks from, and one that a container reaches as well as this process.
 */
export function storeAddress(): string {
  return `198.19.${randomInt(256)}.1:${port}`;
}

/** @param address of `storeAddress` */
export async function startObjectStore(engine: Engine, address: string): Promise<ObjectStore> {
  await using cleanup = new AsyncDisposableStack();
  const name = `longshore-test-object-store-${randomBytes(4).toString("hex")}`;
  const [gateway = ""] = address.split(":");
  const network = await engine.createNetwork({
    Name: name,
    Labels: labels,
    IPAM: { Config: [{ Subnet: gateway.replace(/1$/, "0/28"), Gateway: gateway }] },
  });
  cleanup.defer(() => network.remove());
  const container = await engine.createContainer({
    name,
    Image: images.s3,
    Labels: labels,
    HostConfig: { NetworkMode: name, PortBindings: { [`${port}/tcp`]: [{ HostIp: gateway, HostPort: port }] } },
  });
  cleanup.defer(() => container.remove({ force: true, v: true }));
  await container.start();
  await answers(`http://${address}/`);
  const client = new AwsClient({
    accessKeyId: storeKeys.access,
    secretAccessKey: storeKeys.secret,
    service: "s3",
    region: "us-east-1",
    retries: 0,
  });
  const ask = async (path: string, init: { readonly method?: string; readonly body?: Buffer } = {}) => {
    const response = await client.fetch(`http://${address}/${bucket}${path}`, init as RequestInit);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return Buffer.from(await response.arrayBuffer());
  };
  const owned = cleanup.move();
  return {
    list: async () => {
      const xml = (await ask("?list-type=2")).toString();
      return [...xml.matchAll(/<Key>([^<]*)<\/Key>/g)].map(([, name = ""]) => name).toSorted();
    },
    read: (object) => ask(`/${encodePath(object)}`),
    write: async (object, content) => void (await ask(`/${encodePath(object)}`, { method: "PUT", body: content })),
    remove: async (object) => void (await ask(`/${encodePath(object)}`, { method: "DELETE" })),
    uploads: async () => {
      const xml = (await ask("?uploads")).toString();
      return [...xml.matchAll(/<UploadId>([^<]*)<\/UploadId>/g)].map(([, id = ""]) => id);
    },
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** It refuses whoever doesn't sign, and that is an answer. */
async function answers(url: string): Promise<void> {
  const until = Date.now() + limitMs;
  for (;;) {
    const isReady = await fetch(url).then(
      () => true,
      () => false,
    );
    if (isReady) return;
    if (Date.now() > until) throw new Error(`${url} does not answer: these tests need an engine on this machine`);
    await pause(pauseMs);
  }
}
