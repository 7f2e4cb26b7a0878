import { describe, expect, it } from "vitest";
import type { Daemon } from "../../../src/daemon/daemons.ts";
import type { Engine } from "../../../src/docker/engine.ts";
import { factsOf } from "../../../src/docker/engine.ts";
import { surroundingsOf } from "../../../src/executor/surroundings-of.ts";

/** With these networks, by name: their MTU, or none of their own. */
function daemonWith(networks: Readonly<Record<string, string | null>>, networkMtu: number | null): Daemon {
  const engine = {
    getNetwork: (name: string) => ({
      inspect: async () => {
        if (!(name in networks)) throw Object.assign(new Error("no such network"), { statusCode: 404 });
        const mtu = networks[name];
        return { Options: mtu === null ? null : { "com.docker.network.driver.mtu": mtu } };
      },
    }),
  } as unknown as Engine;
  return {
    engine,
    address: { kind: "unix", path: "/x" },
    facts: factsOf({}, {}),
    networkMtu,
    uplinkMtu: networkMtu,
    hostAddress: "172.17.0.1",
    learnMore: async () => {},
  };
}

const job = new AbortController().signal;

describe("the MTU that a job's plan is made with", () => {
  it.each([
    ["", 1450, 1450],
    ["", null, null],
    ["narrow", null, 1400],
    ["narrow", 1380, 1380],
    ["plain", 1450, 1450],
    ["wide", null, null],
    ["gone", 1450, 1450],
    ["host", 1450, 1450],
  ])("is the smallest on the way: on the network %j, with %j for the host", async (mode, ofHost, expected) => {
    const daemon = daemonWith({ narrow: "1400", plain: null, wide: "9000" }, ofHost);
    expect((await surroundingsOf(daemon, mode, job)).networkMtu).toBe(expected);
  });

  it("waits for what is still being found out about the host", async () => {
    let mtu: number | null = null;
    const daemon: Daemon = {
      ...daemonWith({}, null),
      get networkMtu() {
        return mtu;
      },
      learnMore: async () => {
        mtu = 1400;
      },
    };
    expect((await surroundingsOf(daemon, "", job)).networkMtu).toBe(1400);
  });

  const endless = (signal: AbortSignal | undefined) =>
    new Promise<void>((resolve) => {
      signal?.addEventListener("abort", () => resolve(), { once: true });
    });

  it("is the daemon's own where that takes long: the job starts without", async () => {
    let isOver = false;
    const learnMore = (signal?: AbortSignal) => endless(signal).then(() => void (isOver = true));
    expect((await surroundingsOf({ ...daemonWith({}, 1450), learnMore }, "", job)).networkMtu).toBe(1450);
    expect(isOver).toBe(true);
  });

  it("keeps no job that is ended", async () => {
    const ending = new AbortController();
    const surroundings = surroundingsOf({ ...daemonWith({}, 1450), learnMore: endless }, "", ending.signal);
    ending.abort(new Error("cancelled"));
    await expect(surroundings).rejects.toThrow("cancelled");
  });
});
