import type { Clock } from "../../../src/support/clock.ts";
import {
  createCoordinatorClient,
  type ClientEnvironment,
  type RunnerIdentity,
} from "../../../src/coordinator/client.ts";

/** A clock that never waits: sleeping moves it on. */
export function instantClock(start = 1_700_000_000_000): Clock & { readonly sleeps: number[] } {
  let now = start;
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => now,
    monotonic: () => now,
    sleep: async (ms, signal) => {
      signal?.throwIfAborted();
      sleeps.push(ms);
      now += ms;
    },
  };
}

export const agentIdentity = {
  version: "0.1.0",
  revision: "0badcafe",
  nodeVersion: "v24.0.0",
  platform: "linux",
  architecture: "amd64",
};

export const noTls = { caFile: "", certFile: "", keyFile: "", certsDir: "" };

export function environment(overrides: Partial<ClientEnvironment> = {}): ClientEnvironment {
  return { agent: agentIdentity, clock: instantClock(), proxies: {}, random: () => 1, ...overrides };
}

export function testClient(url: string, overrides: Partial<ClientEnvironment & RunnerIdentity> = {}) {
  const { token = "glrt-token12345", systemId = "s_0123456789ab", tls = noTls, ...rest } = overrides;
  const { traits = { gpus: "", labels: {} }, ...shared } = rest;
  return createCoordinatorClient(environment(shared), { url, token, systemId, tls, traits });
}

export const never = new AbortController().signal;
