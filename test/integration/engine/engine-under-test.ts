// Containers for the tests of the images that stand in for docker:dind and docker:cli. It goes through the bootstrap's
// own client: no docker command is needed. Everything carries one label, by which it is found again.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import { EngineClient } from "../../../tools/engine/client.mjs";
import { endpointOf } from "../../../tools/engine/endpoint.mjs";

type Answer = { status: number; text: string };
type Client = { call(method: string, path: string, options?: object): Promise<Answer> };
type Kind = "containers" | "networks" | "volumes";

const cache = join(import.meta.dirname, "../../../.cache");
const readJson = (name: string): unknown => JSON.parse(readFileSync(join(cache, name), "utf8"));

export const images = readJson("images.json") as Record<string, string>;
const host = process.env["DOCKER_HOST"] ?? (readJson("engine.json") as { host: string }).host;
const client: Client = new EngineClient(endpointOf(host, process.env));
const label = { "dev.longshore.test": "engine" };

async function call(method: string, path: string, body?: object, limit = 60_000) {
  const sent = body && { body: Readable.from([JSON.stringify(body)]), contentType: "application/json" };
  const { status, text } = await client.call(method, path, { ...sent, limit });
  if (status >= 400 && status !== 404) throw new Error(`${method} ${path}: ${status} ${text}`);
  return text;
}

const json = (text: string): unknown => JSON.parse(text);

export async function createNetwork(name: string) {
  await call("POST", "/networks/create", { Name: name, Labels: label });
}

export async function createVolume(name: string) {
  await call("POST", "/volumes/create", { Name: name, Labels: label });
  return name;
}

export type Wish = {
  image: string;
  command?: string[];
  env?: string[];
  mounts?: string[];
  network?: string;
  alias?: string;
  privileged?: boolean;
  capabilities?: string[];
};

/** Starts a container and gives its id. With a terminal, so that its log is plain text. */
export async function start(wish: Wish) {
  const text = await call("POST", "/containers/create", {
    Image: wish.image,
    Cmd: wish.command,
    Env: wish.env ?? [],
    Tty: true,
    Labels: label,
    HostConfig: {
      Binds: wish.mounts ?? [],
      Privileged: wish.privileged ?? false,
      CapAdd: wish.capabilities ?? [],
      NetworkMode: wish.network ?? "default",
    },
    ...(wish.network && { NetworkingConfig: { EndpointsConfig: { [wish.network]: { Aliases: [wish.alias] } } } }),
  });
  const { Id: id } = json(text) as { Id: string };
  await call("POST", `/containers/${id}/start`);
  return id;
}

async function log(id: string) {
  return (await call("GET", `/containers/${id}/logs?stdout=1&stderr=1`)).replaceAll("\r", "");
}

/** Waits for the end of a container. */
export async function finish(id: string, limit = 90_000) {
  const { StatusCode: code } = json(await call("POST", `/containers/${id}/wait`, undefined, limit)) as {
    StatusCode: number;
  };
  return { code, output: await log(id) };
}

export async function run(wish: Wish, limit?: number) {
  return finish(await start(wish), limit);
}

const listed: Record<Kind, (text: string) => string[]> = {
  containers: (text) => (json(text) as { Id: string }[]).map(({ Id: id }) => id),
  networks: (text) => (json(text) as { Id: string }[]).map(({ Id: id }) => id),
  volumes: (text) => (json(text) as { Volumes: { Name: string }[] }).Volumes.map(({ Name: name }) => name),
};

/** What carries our label, of every kind. */
export async function leftovers(): Promise<Record<Kind, string[]>> {
  const filters = encodeURIComponent(JSON.stringify({ label: ["dev.longshore.test=engine"] }));
  const list = async (kind: Kind) =>
    listed[kind](await call("GET", `/${kind}${kind === "containers" ? "/json?all=1&" : "?"}filters=${filters}`));
  return { containers: await list("containers"), networks: await list("networks"), volumes: await list("volumes") };
}

export async function removeEverything() {
  const { containers, networks, volumes } = await leftovers();
  for (const id of containers) await call("DELETE", `/containers/${id}?force=1&v=1`);
  for (const id of networks) await call("DELETE", `/networks/${id}`);
  // A volume is let go a moment after its container.
  for (const name of volumes) {
    await call("DELETE", `/volumes/${name}`).catch(async () => {
      await sleep(500);
      await call("DELETE", `/volumes/${name}`);
    });
  }
}
