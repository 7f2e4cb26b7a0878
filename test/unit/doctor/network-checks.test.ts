import { describe, expect, it, vi } from "vitest";
import { mtuCheck } from "../../../src/doctor/checks/mtu.ts";
import { nameResolutionCheck } from "../../../src/doctor/checks/name-resolution.ts";
import { networkCheck } from "../../../src/doctor/checks/network.ts";
import { isProxied } from "../../../src/doctor/clone-address.ts";
import { defaultInterface } from "../../../src/doctor/default-route.ts";
import type { GitReach } from "../../../src/doctor/git-reach.ts";
import { contextWith, entry, type Found } from "./fake-context.ts";

const never = new AbortController().signal;
const header = "Iface\tDestination\tGateway\tFlags\tRefCnt\tUse\tMetric\tMask\n";
const ipv4 = `${header}eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\n`;
const zeros = "0".repeat(32);
const ipv6 = `${header}${zeros} 00 ${zeros} 00 fd000000000000000000000000000001 00000400 00000001 00000000 00000003     eth0\n`;
const unreachable = `${header}${zeros} 00 ${zeros} 00 ${zeros} ffffffff 00000001 00000000 00200200       lo\n`;

describe("the default route", () => {
  it("is that of IPv4, else that of IPv6, and not the kernel's own to nowhere", () => {
    expect([ipv4, ipv6, unreachable, header, ""].map(defaultInterface)).toEqual(["eth0", "eth0", null, null, null]);
  });
});

describe("the check of the network", () => {
  const checked = async (output: string, more: Partial<Found> = {}) =>
    (
      await networkCheck.run(
        contextWith({ runner: entry("", ""), run: async () => ({ code: 0, output }), ...more }),
        never,
      )
    ).verdict;
  const named = { runner: entry("", 'network_mode = "own"'), hasOwnNetwork: false };

  it("passes with a way out by IPv4 or IPv6, and leaves it to clone-url to judge one without", async () => {
    expect([await checked(ipv4), await checked(ipv6), await checked(unreachable)]).toEqual(["pass", "pass", "warn"]);
  });

  it("lets a network be that nothing leaves on purpose", async () => {
    expect([await checked(header, named), await checked(header, { ...named, isInternal: true })]).toEqual([
      "warn",
      "pass",
    ]);
  });
});

describe("the check of the MTU", () => {
  const sizes = (mtu: number) => `${ipv4}/sys/class/net/eth0/mtu:${mtu}`;
  /** The padded request ends so. */
  const checked = (padded: () => Promise<string>, more: Partial<Found> = {}, mtu = 1500) => {
    const run = async (script: string) =>
      script.includes("/proc/net/route") ? { code: 0, output: sizes(mtu) } : { code: 128, output: await padded() };
    return mtuCheck.run(contextWith({ runner: entry("", ""), run, ...more }), never);
  };
  const lost = () => new Promise<string>(() => {});
  const late = async <T>(result: () => Promise<T>): Promise<T> => {
    const timeout = vi.spyOn(AbortSignal, "timeout").mockImplementation(() => AbortSignal.abort(new Error("late")));
    try {
      return await result();
    } finally {
      timeout.mockRestore();
    }
  };

  it("fails when the padded request alone gets no answer", async () => {
    expect(await late(() => checked(lost))).toMatchObject({
      verdict: "fail",
      fix: expect.stringMatching(/^set `network_mtu = 1400`/),
    });
  });

  it.each(["unknown", "server-error", "proxy"] as const)(
    "says nothing of packets where the plain request was not reached either (%s): a page to sign in answers as it likes",
    async (kind) => {
      const reach: GitReach = { kind, words: "" };
      expect(await late(() => checked(lost, { reach }))).toMatchObject({ verdict: "pass" });
    },
  );

  it("takes any answer to the padded request for one, be it a refusal", async () => {
    const refusal = async () => "error: RPC failed; HTTP 400\nfatal: expected flush after ref listing";
    expect(await checked(refusal)).toMatchObject({ verdict: "pass" });
  });

  it("doesn't tell to set what a network that was there before doesn't obey", async () => {
    const runner = entry("", 'network_mode = "own"');
    const tooWide = await checked(lost, { runner, hasOwnNetwork: false, uplinkMtu: 1400 });
    const losing = await late(() => checked(lost, { runner, hasOwnNetwork: false }));
    for (const { verdict, fix } of [tooWide, losing]) {
      expect([verdict, fix]).toEqual(["fail", expect.stringContaining("-o com.docker.network.driver.mtu=1400 own")]);
      expect(fix).not.toContain("network_mtu");
    }
  });

  it("is left out without a way out, as on a network that is internal", async () => {
    const run = async () => ({ code: 0, output: `${header}/sys/class/net/eth0/mtu:1500` });
    const runner = entry("", 'network_mode = "own"');
    const context = contextWith({ runner, run, hasOwnNetwork: false, uplinkMtu: 1400 });
    expect((await mtuCheck.run(context, never)).verdict).toBe("skip");
  });
});

describe("the check of names", () => {
  const checked = (environment: string, hasOwnNetwork: boolean) => {
    const run = async (_: string, [name = ""]: readonly string[]) => ({
      code: name === "gitlab.test" ? 2 : 0,
      output: "",
    });
    return nameResolutionCheck.run(
      contextWith({ runner: entry(`environment = [${environment}]`, ""), run, hasOwnNetwork }),
      never,
    );
  };
  const proxy = '"https_proxy=http://10.0.0.1:3128"';

  it("leaves out a server that a proxy looks up, and nothing else", async () => {
    expect((await checked("", true)).verdict).toBe("fail");
    expect((await checked(proxy, true)).verdict).toBe("pass");
    expect((await checked(proxy, false)).verdict).toBe("skip");
    expect((await checked(`${proxy}, "NO_PROXY=.test"`, true)).verdict).toBe("fail");
  });

  it("knows the proxy that git takes for the address", () => {
    const proxied = (url: string, ...environment: string[]) => isProxied({ url, clone_url: "", environment });
    expect(proxied("https://gitlab.test", "HTTPS_PROXY=http://p:1")).toBe(true);
    expect(proxied("http://gitlab.test", "HTTPS_PROXY=http://p:1")).toBe(false);
    expect(proxied("http://gitlab.test", "HTTP_PROXY=http://p:1")).toBe(false);
    expect(proxied("http://gitlab.test", "http_proxy=http://p:1")).toBe(true);
    expect(proxied("https://gitlab.test", "all_proxy=http://p:1")).toBe(true);
    expect(proxied("https://gitlab.test", "https_proxy=http://p:1", "no_proxy=a.test, gitlab.test")).toBe(false);
  });
});
