import { beforeEach, describe, expect, it } from "vitest";
import { Bench } from "../../../src/doctor/bench.ts";
import type { Engine } from "../../../src/docker/engine.ts";

/** A daemon that makes networks when it is let, and lists and removes them. */
class SlowDaemon {
  readonly networks = new Set<string>();
  readonly asked: string[] = [];
  readonly let = Promise.withResolvers<void>();

  get engine(): Engine {
    const engine = {
      createNetwork: async ({ Name }: { readonly Name: string }) => {
        this.asked.push("create");
        await this.let.promise;
        this.networks.add(Name);
        return { id: Name };
      },
      getNetwork: (id: string) => ({ remove: async () => void this.networks.delete(id) }),
      listContainers: async () => [],
      listVolumes: async () => ({ Volumes: [] }),
      listNetworks: async () => {
        this.asked.push("list");
        return [...this.networks].map((Id) => ({ Id }));
      },
    };
    return engine as unknown as Engine;
  }
}

let daemon: SlowDaemon;
let bench: Bench;
const problems: string[] = [];
const network = { mtu: null, enableIpv6: false };
const signal = new AbortController().signal;

beforeEach(() => {
  daemon = new SlowDaemon();
  bench = new Bench(daemon.engine, "agent", "doctor-1", (text) => problems.push(text));
});

describe("a bench", () => {
  it("removes what was still being made when it was given up", async () => {
    const making = bench.network(network, signal);
    const disposed = bench[Symbol.asyncDispose]();
    expect(daemon.asked).toEqual(["create"]);
    daemon.let.resolve();
    await Promise.all([making, disposed]);
    expect([...daemon.networks]).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("makes nothing more when it is disposed of, nor for a signal that has aborted", async () => {
    daemon.let.resolve();
    await expect(bench.network(network, AbortSignal.abort(new Error("interrupted")))).rejects.toThrow("interrupted");
    await bench[Symbol.asyncDispose]();
    await expect(bench.network(network, signal)).rejects.toThrow("the checks are over");
    expect(daemon.asked).toEqual([]);
  });
});
