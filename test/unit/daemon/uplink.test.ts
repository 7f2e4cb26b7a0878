import { hostname } from "node:os";
import { PassThrough } from "node:stream";
import { expect, it } from "vitest";
import type { DaemonAddress } from "../../../src/daemon/address.ts";
import { Uplink } from "../../../src/daemon/uplink.ts";
import type { Engine } from "../../../src/docker/engine.ts";

const elsewhere = { address: { kind: "tcp", host: "build.test", port: 2375, tls: false }, hostname: "build" } as const;
const probe = { image: "helper", labels: { "dev.longshore.agent": "a", "dev.longshore.boot": "b" } };
const running = new AbortController().signal;
const lines = "eth0 00000000 0 0 0 0 0 00000000 0 0 0\neth0 1400\n";

function frame(text: string): Buffer {
  const header = Buffer.alloc(8);
  header[0] = 1;
  header.writeUInt32BE(text.length, 4);
  return Buffer.concat([header, Buffer.from(text)]);
}

interface Host {
  readonly engine: Engine;
  readonly removed: string[];
  readonly created: { readonly name: string; readonly labels: Readonly<Record<string, string>> }[];
  /** Resolves when a container runs. */
  readonly started: Promise<void>;
}

/** @param ways what becomes of each container in turn: what it prints; null for one that never ends */
function hostOf(ways: readonly (string | null | Error)[], left: readonly { Id: string; Created: number }[] = []): Host {
  const removed: string[] = [];
  const created: Host["created"][number][] = [];
  const streams = new Map<string, PassThrough>();
  const started = Promise.withResolvers<void>();
  const engine = {
    getImage: () => ({ inspect: async () => ({ Id: "sha256:1", Config: {} }) }),
    listContainers: async () => left,
    info: async () => ({ SystemTime: "2026-01-01T00:02:00.5Z" }),
    createContainer: async ({
      _query: query,
      _body: body,
    }: {
      _query: { name: string };
      _body: { Labels: Readonly<Record<string, string>> };
    }) => {
      created.push({ name: query.name, labels: body.Labels });
      return { id: query.name };
    },
    getContainer: (name: string) => {
      const way = ways[created.length - 1] ?? null;
      const stream = streams.get(name) ?? new PassThrough();
      streams.set(name, stream);
      return {
        attach: async () => stream,
        wait: () => (way === null ? new Promise(() => {}) : Promise.resolve({ StatusCode: 0 })),
        start: async () => {
          started.resolve();
          if (way instanceof Error) throw way;
          if (way !== null) stream.end(frame(way));
        },
        remove: async () => void removed.push(name),
      };
    },
  } as unknown as Engine;
  return { engine, removed, created, started: started.promise };
}

it("is what a container in the host's network tells, which is labelled as the agent's", async () => {
  const { engine, created } = hostOf([lines]);
  const uplink = new Uplink(engine, elsewhere, probe, running);
  await uplink.learn();
  expect(uplink.mtu).toBe(1400);
  expect(created[0]?.labels).toMatchObject(probe.labels);
});

it("ends with the agent, though its container doesn't, and removes that", async () => {
  const stopping = new AbortController();
  const { engine, removed, created, started } = hostOf([null]);
  const uplink = new Uplink(engine, elsewhere, probe, stopping.signal);
  const learned = uplink.learn();
  await started;
  stopping.abort(new Error("the agent ends"));
  await uplink.ended();
  await learned;
  expect(removed).toEqual([created[0]?.name]);
});

it("keeps nobody who doesn't want to wait", async () => {
  const { engine, started } = hostOf([null]);
  const stopping = new AbortController();
  const uplink = new Uplink(engine, elsewhere, probe, stopping.signal);
  const patience = new AbortController();
  const learned = uplink.learn(patience.signal);
  await started;
  patience.abort();
  await learned;
  expect(uplink.mtu).toBeNull();
  stopping.abort();
  await uplink.ended();
});

it("is looked for again after a look that failed, a minute later, and not for ever", async () => {
  let now = 0;
  const { engine, created } = hostOf([new Error("busy"), lines]);
  const clock = { monotonic: () => now };
  const uplink = new Uplink(engine, elsewhere, probe, running, clock);
  await uplink.learn();
  await uplink.learn();
  expect([uplink.mtu, created.length]).toEqual([null, 1]);
  now = 60_000;
  await uplink.learn();
  expect([uplink.mtu, created.length]).toEqual([1400, 2]);
  const hopeless = hostOf(Array.from({ length: 9 }, () => new Error("forbidden")));
  const other = new Uplink(hopeless.engine, elsewhere, probe, running, clock);
  for (let look = 0; look < 9; look += 1, now += 60_000) await other.learn();
  expect(hopeless.created).toHaveLength(5);
});

it("takes along what was left by an earlier look, and nothing that another process may be using", async () => {
  const createdAt = (time: string) => Date.parse(time) / 1000;
  const { engine, removed } = hostOf(
    [lines],
    [
      { Id: "another's", Created: createdAt("2026-01-01T00:01:50Z") },
      { Id: "left", Created: createdAt("2026-01-01T00:01:00Z") },
    ],
  );
  await new Uplink(engine, elsewhere, probe, running).learn();
  expect(removed).toEqual(["left"]);
});

it.each<[DaemonAddress, string, boolean]>([
  [{ kind: "unix", path: "/var/run/docker.sock" }, hostname(), true],
  [{ kind: "unix", path: "/var/run/docker.sock" }, "other", false],
  [{ kind: "tcp", host: "127.0.0.1", port: 2375, tls: false }, hostname(), true],
  [{ kind: "tcp", host: "localhost", port: 2375, tls: false }, hostname(), true],
  [{ kind: "tcp", host: "127.0.0.1.test", port: 2375, tls: false }, hostname(), false],
  [{ kind: "tcp", host: "build.test", port: 2375, tls: false }, hostname(), false],
])("of %j, which calls its host %s, is this host's: %s", (address, name, isHere) => {
  expect(new Uplink({} as Engine, { address, hostname: name }, null, running).isHere).toBe(isHere);
});
