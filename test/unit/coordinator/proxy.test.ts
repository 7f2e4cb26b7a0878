import { describe, expect, it } from "vitest";
import { proxyFor } from "../../../src/coordinator/proxy.ts";

const env = { HTTP_PROXY: "http://plain:3128", https_proxy: "http://secure:3128" };
const through = (url: string, more: Record<string, string> = {}) =>
  proxyFor(new URL(url), { ...env, ...more })?.host ?? null;

describe("proxyFor", () => {
  it("takes the proxy of the URL's scheme, in either case of the variable", () => {
    expect(through("http://gitlab.example.com")).toBe("plain:3128");
    expect(through("https://gitlab.example.com")).toBe("secure:3128");
  });

  it("takes a proxy without a scheme for an http one", () => {
    expect(proxyFor(new URL("http://a.b"), { HTTP_PROXY: "proxy:8080" })?.href).toBe("http://proxy:8080/");
  });

  it.each(["socks5://proxy:1080", "http://["])("uses no proxy when it is %s", (proxy) => {
    expect(proxyFor(new URL("http://a.b"), { HTTP_PROXY: proxy })).toBeNull();
  });

  it.each(["http://localhost:8080", "http://127.0.0.1", "http://127.9.9.9", "http://[::1]:80"])(
    "never goes through one to %s",
    (url) => {
      expect(through(url)).toBeNull();
    },
  );

  it.each([
    ["*", "http://any.host", true],
    ["example.com", "http://example.com", true],
    ["example.com", "http://gitlab.example.com", true],
    ["example.com", "http://badexample.com", false],
    [".example.com", "http://gitlab.example.com", true],
    [".example.com", "http://example.com", false],
    ["*.example.com", "http://gitlab.example.com", true],
    ["EXAMPLE.com", "http://Example.COM", true],
    ["example.com:8080", "http://example.com:8080", true],
    ["example.com:8080", "http://example.com", false],
    ["example.com:443", "https://example.com", true],
    ["10.0.0.0/8", "http://10.1.2.3", true],
    ["10.0.0.0/8", "http://11.1.2.3", false],
    ["10.0.0.0/8", "http://ten.example.com", false],
    ["10.0.0.0/99", "http://10.1.2.3", false],
    ["fd00::/8", "http://[fd12::1]", true],
    ["192.168.1.1", "http://192.168.1.1:8080", true],
    ["192.168.1.1", "http://192.168.1.11", false],
    ["foo, ,bar.org", "http://x.bar.org", true],
  ])("with NO_PROXY=%s, %s is direct: %s", (noProxy, url, direct) => {
    expect(through(url, { NO_PROXY: noProxy }) === null).toBe(direct);
  });
});
