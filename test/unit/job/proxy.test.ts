import { describe, expect, it } from "vitest";
import { isReachable, noProxyFor, proxyFor, withNames } from "../../../src/job/proxy.ts";

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

describe("the proxy for a daemon beside other services", () => {
  const none = () => false;
  const names = ["docker", "registry"];

  it.each([
    [{ HTTP_PROXY: "http://p" }, ["HTTP_PROXY=http://p", "NO_PROXY=docker,registry"]],
    [
      { HTTP_PROXY: "http://p", NO_PROXY: "inner.test, registry" },
      ["HTTP_PROXY=http://p", "NO_PROXY=inner.test, registry,docker"],
    ],
    [{ HTTP_PROXY: "http://p", NO_PROXY: "*" }, ["HTTP_PROXY=http://p", "NO_PROXY=*"]],
  ])("does not stand between them: %j", (proxy, expected) => {
    expect(proxyFor(proxy, none, names)).toEqual(expected);
  });

  it("leaves alone what the container says needs none", () => {
    expect(proxyFor({ HTTP_PROXY: "http://p" }, (key) => key === "NO_PROXY", names)).toEqual(["HTTP_PROXY=http://p"]);
  });

  it.each(["http://user:word@p", "user:word@p:3128", "http://xxxxx:xxxxx@p", "//user@p"])(
    "is none of the job's where it takes a password: %s",
    (HTTPS_PROXY) => expect(proxyFor({ HTTPS_PROXY }, none, names)).toEqual([]),
  );

  it("names nothing twice", () => {
    expect(withNames("", ["docker", "docker"])).toBe("docker");
  });
});

describe("a client behind a proxy", () => {
  const value = (variables: Record<string, string>) => (key: string) => variables[key];
  const isSet = (variables: Record<string, string>) => (key: string) => key in variables;

  it("is told to reach its daemon without", () => {
    const set = { HTTPS_PROXY: "http://p" };
    expect(noProxyFor(["docker"], value(set), isSet(set))).toEqual(["no_proxy=docker", "NO_PROXY=docker"]);
  });

  it.each([[{}], [{ HTTP_PROXY: "" }], [{ http_proxy: "http://p", NO_PROXY: "" }]])("is told nothing by %j", (set) => {
    expect(noProxyFor(["docker"], value(set), isSet(set))).toEqual([]);
  });

  it("keeps what its image says needs none", () => {
    const set = { HTTPS_PROXY: "http://p" };
    const all = { ...set, no_proxy: "inner.test", NO_PROXY: "outer.test" };
    expect(noProxyFor(["docker"], value(all), isSet(set))).toEqual([
      "no_proxy=inner.test,docker",
      "NO_PROXY=outer.test,docker",
    ]);
    const reached = { ...set, no_proxy: "docker" };
    expect(noProxyFor(["docker"], value(reached), isSet(set))).toEqual([]);
  });
});
