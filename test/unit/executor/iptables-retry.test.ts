import { beforeEach, expect, it, vi } from "vitest";
import type { Engine } from "../../../src/docker/engine.ts";
import { awaitWithInterface, withKnownInterface } from "../../../src/executor/iptables-retry.ts";
import type { ServiceContext } from "../../../src/executor/services.ts";
import type { ServiceSpec } from "../../../src/job/plan.ts";
import { systemClock } from "../../../src/support/clock.ts";
import { dindImage } from "../job/dind-model.ts";
import { autowireForm } from "../job/autowire-scene.ts";

/** Whether the dind that was started last answers. */
const dind = vi.hoisted(() => ({ answers: false }));
vi.mock("../../../src/docker/tunnel.ts", () => ({ openTunnel: async () => ({}) }));
vi.mock("../../../src/docker/ping.ts", () => ({
  ping: async () => {
    if (!dind.answers) throw new Error("refused");
    return { status: 200, body: "OK" };
  },
}));
beforeEach(() => {
  dind.answers = false;
});

const legacy = "iptables v1.8.10 (legacy): can't initialize iptables table `nat': Table does not exist\n";
const nft = "iptables v1.8.11 (nf_tables): Could not fetch rule set generation id: Invalid argument\n";
const variable = "DOCKER_IPTABLES_LEGACY";
const signal = new AbortController().signal;
const context = { engine: {} as Engine, from: "helper", clock: systemClock, signal };
const span = { run: (_: string, __: object, body: () => Promise<unknown>) => body(), end: () => {} } as never;

function serviceOf(docker = "privileged = true"): ServiceSpec {
  const [service] = autowireForm({ docker }).plan.services;
  if (service === undefined) throw new Error("there is one");
  return service;
}

/** @param log what a dind dies with that was started with this environment; "" for one that answers */
function hostWhere(log: (env: readonly string[]) => string) {
  const started: (readonly string[])[] = [];
  const frame = (text: string) => {
    const header = Buffer.alloc(8);
    header[0] = 1;
    header.writeUInt32BE(Buffer.byteLength(text), 4);
    return Buffer.concat([header, Buffer.from(text)]);
  };
  const envOf = new Map<string, readonly string[]>();
  const engine = {
    getContainer: (id: string) => ({
      start: async () => {
        dind.answers = log(envOf.get(id) ?? []) === "";
      },
      wait: () => (dind.answers ? new Promise(() => {}) : Promise.resolve({ StatusCode: 1 })),
      logs: async () => frame(log(envOf.get(id) ?? [])),
    }),
  } as unknown as Engine;
  const resources = {
    container: async ({ env }: { env: readonly string[] }) => {
      started.push(env.filter((entry) => entry.startsWith(variable)));
      const id = `again-${started.length}`;
      envOf.set(id, env);
      return id;
    },
  };
  const services = {
    engine,
    resources,
    images: { resolve: async () => ({ ...dindImage, id: "sha256:1" }) },
    trace: { line: async () => {} },
    signal,
  } as unknown as Omit<ServiceContext, "span"> & { readonly signal: AbortSignal };
  const awaitOne = awaitWithInterface(services, { kind: "named", name: "n" });
  const wait = (spec: ServiceSpec) => awaitOne({ ...context, engine }, { spec, id: "first", span }, 5);
  return { engine, started, wait };
}

it.each([
  [legacy, `${variable}=`],
  [nft, `${variable}=1`],
])("a dind whose iptables doesn't fit is started again with the other interface: %s", async (log, expected) => {
  const { started, wait } = hostWhere(() => log);
  await wait(serviceOf());
  expect(started).toEqual([[expected]]);
});

it.each([
  ["isn't privileged", serviceOf(""), legacy],
  ["is told to be root", serviceOf(), `${legacy}iptables v1.8.10 (nf_tables): Permission denied (you must be root)\n`],
  ["dies of something else", serviceOf(), "failed to start daemon: no space left on device\n"],
])("one that %s is not", async (_, service, log) => {
  const { started, wait } = hostWhere(() => log);
  const { ready } = await wait(service);
  expect([ready, started]).toEqual([false, []]);
});

it("one that has that interface already is not", async () => {
  const { started, wait } = hostWhere(() => legacy);
  const service = serviceOf();
  const { container } = service;
  await wait({ ...service, container: { ...container, env: [...container.env, `${variable}=`] } });
  expect(started).toEqual([]);
});

it("nothing is known of a host where nothing has helped", async () => {
  const { engine, wait } = hostWhere(() => legacy);
  await wait(serviceOf());
  const service = serviceOf();
  expect(withKnownInterface(engine, service, dindImage)).toBe(service);
});

it("one that was started before another job found out what helps gets that, too", async () => {
  const { engine, started, wait } = hostWhere((env) => {
    if (env.includes(`${variable}=`)) return "";
    // What this one says would lead elsewhere.
    return started.length === 0 ? legacy : nft;
  });
  const [one, other] = [serviceOf(), serviceOf()];
  expect((await wait(one)).ready).toBe(true);
  dind.answers = false;
  expect((await wait(other)).ready).toBe(true);
  expect(started).toEqual([[`${variable}=`], [`${variable}=`]]);
  expect(withKnownInterface(engine, other, dindImage).container.env).toContain(`${variable}=`);
});
