import { beforeEach, describe, expect, it } from "vitest";
import { Bench } from "../../../src/doctor/bench.ts";
import type { Engine } from "../../../src/docker/engine.ts";
import { probeSpec } from "../../../src/doctor/job-site.ts";
import { entry } from "./fake-context.ts";
import { systemClock } from "../../../src/support/clock.ts";

/** A daemon that makes networks when it is let, and lists and removes them. */
class SlowDaemon {
  readonly networks = new Set<string>();
  readonly asked: string[] = [];
  readonly let = Promise.withResolvers<void>();
  /** So often a network can't be removed. */
  busyRounds = 0;

  get engine(): Engine {
    const engine = {
      createNetwork: async ({ Name }: { readonly Name: string }) => {
        this.asked.push("create");
        await this.let.promise;
        this.networks.add(Name);
        return { id: Name };
      },
      getNetwork: (id: string) => ({
        remove: async () => {
          if (this.busyRounds-- > 0) throw Object.assign(new Error("it has active endpoints"), { statusCode: 500 });
          this.networks.delete(id);
        },
      }),
      createContainer: async ({
        _body,
      }: {
        readonly _body: { readonly HostConfig: { readonly AutoRemove?: boolean } };
      }) => {
        this.asked.push(`create a container, AutoRemove ${_body.HostConfig.AutoRemove}`);
        return { id: "container" };
      },
      getContainer: () => ({ start: async () => void this.asked.push("start") }),
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
let removeBy: AbortController;
const problems: string[] = [];
const network = { mtu: null, enableIpv6: false };
const signal = new AbortController().signal;

beforeEach(() => {
  daemon = new SlowDaemon();
  problems.length = 0;
  removeBy = new AbortController();
  bench = new Bench(daemon.engine, {
    agentId: "agent",
    boot: "doctor-1",
    clock: { ...systemClock, sleep: async () => {} },
    removeBy: removeBy.signal,
    onProblem: (text) => problems.push(text),
  });
});

describe("a bench", () => {
  it("makes containers that go when they end, and starts them when somebody watches", async () => {
    const watch = async () => void daemon.asked.push("watch");
    const spec = probeSpec(bench, entry("", ""), "helper:1", "probe");
    await bench.container(spec, { kind: "mode", mode: "none" }, signal, { watch });
    expect(daemon.asked).toEqual(["create a container, AutoRemove true", "watch", "start"]);
  });

  it("removes what was still being made when it was given up", async () => {
    const making = bench.network(network, signal);
    const disposed = bench[Symbol.asyncDispose]();
    expect(daemon.asked).toEqual(["create"]);
    daemon.let.resolve();
    await Promise.all([making, disposed]);
    expect([...daemon.networks]).toEqual([]);
    expect(problems).toEqual([]);
  });

  it("tries again to remove what is in use for a moment, and names what stays", async () => {
    daemon.let.resolve();
    await bench.network(network, signal);
    daemon.busyRounds = 2;
    await bench[Symbol.asyncDispose]();
    expect([[...daemon.networks], problems]).toEqual([[], []]);
  });

  it("names what can't be removed, and whose it is", async () => {
    daemon.let.resolve();
    await bench.network(network, signal);
    daemon.busyRounds = 1_000;
    await bench[Symbol.asyncDispose]();
    expect(problems).toEqual([expect.stringMatching(/^network .*active endpoints.*dev\.longshore\.boot=doctor-1/)]);
  });

  it("doesn't wait beyond its time for what a daemon is making, and says that it may be there", async () => {
    const making = bench.network(network, signal);
    const disposed = bench[Symbol.asyncDispose]();
    removeBy.abort(new Error("the time is over"));
    await disposed;
    expect(problems[0]).toContain("something that the daemon was still making");
    daemon.let.resolve();
    await making;
  });

  it("makes nothing more when it is disposed of, nor for a signal that has aborted", async () => {
    daemon.let.resolve();
    await expect(bench.network(network, AbortSignal.abort(new Error("interrupted")))).rejects.toThrow("interrupted");
    await bench[Symbol.asyncDispose]();
    await expect(bench.network(network, signal)).rejects.toThrow("the checks are over");
    expect(daemon.asked).toEqual([]);
  });
});
