import { describe, expect, it } from "vitest";
import { isReachable, noProxyFor, proxyFor } from "../../../src/job/proxy.ts";

describe("an address of the host's", () => {
  it.each(["http://localhost:5000/", "localhost:5000", "127.0.0.1", "http://user:word@127.0.0.1:3128", "[::1]:5000"])(
    "on its loopback can't be reached from a container: %s",
    (address) => expect(isReachable(address)).toBe(false),
  );

  it.each(["http://mirror.test/", "localhost.test:5000", "10.127.0.1", "http://127.test"])(
    "elsewhere can: %s",
    (address) => expect(isReachable(address)).toBe(true),
  );
});

describe("the proxy for a daemon inside a job", () => {
  const none = () => false;

  it("is the host's, with what needs none", () => {
    const proxy = { HTTP_PROXY: "http://proxy.test", NO_PROXY: "registry.test" };
    expect(proxyFor(proxy, none)).toEqual(["HTTP_PROXY=http://proxy.test", "NO_PROXY=registry.test"]);
  });

  it("is none where the container has one of its own, in either case", () => {
    expect(proxyFor({ HTTP_PROXY: "http://proxy.test" }, (key) => key === "https_proxy")).toEqual([]);
  });

  it("leaves alone what the container says needs none", () => {
    const proxy = { HTTP_PROXY: "http://proxy.test", NO_PROXY: "registry.test" };
    expect(proxyFor(proxy, (key) => key === "no_proxy")).toEqual(["HTTP_PROXY=http://proxy.test"]);
  });

  it("is not NO_PROXY alone", () => {
    expect(proxyFor({ NO_PROXY: "registry.test", HTTP_PROXY: "http://localhost:3128" }, none)).toEqual([]);
  });
});

describe("a client behind a proxy", () => {
  const value = (variables: Record<string, string>) => (key: string) => variables[key];

  it("is told to reach its daemon without", () => {
    expect(noProxyFor("docker", value({ HTTPS_PROXY: "http://p" }))).toEqual(["no_proxy=docker", "NO_PROXY=docker"]);
  });

  it.each([[{}], [{ HTTP_PROXY: "" }], [{ http_proxy: "http://p", NO_PROXY: "" }]])("is told nothing by %j", (set) => {
    expect(noProxyFor("docker", value(set))).toEqual([]);
  });
});
