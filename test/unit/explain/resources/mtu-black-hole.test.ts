import { describe, expect, it } from "vitest";
import type { Evidence } from "../../../../src/explain/evidence.ts";
import { evidenceOf } from "../../../support/evidence.ts";
import { dind, explained } from "./first-finding.ts";

const base = evidenceOf();
const mtus = (networkMtu: number | null, uplinkMtu: number | null): Partial<Evidence> => ({
  daemon: { ...(base.daemon as NonNullable<Evidence["daemon"]>), networkMtu, uplinkMtu },
});
const download = ["$ curl -sSf https://example.com/x", "curl: (28) SSL connection timeout"];
const timedOut: Partial<Evidence> = {
  failure: { exitCode: null, reason: "job_execution_timeout", message: "execution took longer than 1h0m0s seconds" },
};

describe("packets larger than the way out takes", () => {
  it.each([
    "curl: (28) SSL connection timeout",
    "curl: (35) OpenSSL SSL_connect: Connection reset by peer in connection to example.com:443",
    'Error response from daemon: Get "https://registry-1.docker.io/v2/": net/http: TLS handshake timeout',
    "dial tcp 93.184.216.34:443: i/o timeout",
    "npm error code ETIMEDOUT",
    "wget: download timed out",
  ])("explain %s", (line) => {
    const found = explained(["$ docker pull x", line], mtus(1500, 1400));
    expect(found).toMatchObject({ rule: "mtu-black-hole", seen: line, author: "" });
    expect(found?.admin).toContain("network_mtu = 1400");
  });

  it.each([
    'Get "https://10.2.3.4/x": net/http: TLS handshake timeout',
    "dial tcp 172.17.0.3:443: i/o timeout",
    'Get "https://nexus.acme.internal/x": net/http: TLS handshake timeout',
    'Get "https://search:9200/": net/http: TLS handshake timeout',
    "dial tcp 93.184.216.34:5432: i/o timeout",
    "curl: (28) Failed to connect to example.com port 443 after 30000 ms: Timeout was reached",
    "Error: connect ETIMEDOUT 93.184.216.34:5432",
    "lookup example.com on 10.0.0.2:53: read udp 10.0.0.9:4242->10.0.0.2:53: i/o timeout",
    "✓ says wget: download timed out",
  ])("are no cause of %s", (line) => {
    expect(explained(["$ ./fetch", line], mtus(1500, 1400))).toBeUndefined();
  });

  it("are no cause on the way to a host nearby, or on another machine", () => {
    const line = "curl: (28) SSL connection timeout";
    for (const command of ["curl https://192.168.1.5/", "curl https://user:key@nexus/", "ssh prod curl https://a.org/"])
      expect(explained([`$ ${command}`, line], mtus(1500, 1400))).toBeUndefined();
    const reset = "read tcp 172.17.0.2:41234->93.184.216.34:443: read: connection reset by peer";
    expect(explained(["$ ./fetch", reset], mtus(1500, 1400))?.rule).toBe("mtu-black-hole");
  });

  it("are no cause of a job that ran out of time over something else", () => {
    const output = ["$ make test", "npm error code ETIMEDOUT"];
    expect(explained(output, mtus(1500, 1400))?.rule).toBe("mtu-black-hole");
    expect(explained(output, { ...mtus(1500, 1400), ...timedOut })).toBeUndefined();
    expect(explained(["$ curl https://10.0.0.1/"], { ...mtus(1500, 1400), ...timedOut })).toBeUndefined();
  });

  it("explain a job that ran out of time over a download", () => {
    const output = ["$ apt-get update", "Get:1 http://deb.debian.org bookworm InRelease"];
    expect(explained(output, { ...mtus(1500, 1400), ...timedOut })).toMatchObject({
      rule: "mtu-black-hole",
      seen: "no end of: apt-get update",
    });
    expect(explained(["$ make test"], { ...mtus(1500, 1400), ...timedOut })).toBeUndefined();
    expect(explained(output, { ...mtus(1500, 1500), ...timedOut })).toBeUndefined();
  });

  it("are no cause where they fit, or nobody knows, or nothing hung", () => {
    for (const state of [mtus(1500, 1500), mtus(1400, 1500), mtus(null, 1400), mtus(1500, null), { daemon: null }])
      expect(explained(download, state)).toBeUndefined();
    expect(explained("1 of 20 tests failed", mtus(1500, 1400))).toBeUndefined();
  });
});

describe("a dind on a network of smaller packets", () => {
  const beside = (autowire: boolean): Partial<Evidence> => ({
    ...mtus(1400, 1400),
    client: { ...base.client, autowire, host: "tcp://docker:2375" },
    services: [dind()],
  });

  it("must be told of them where autowiring does not", () => {
    expect(explained(download, beside(false))).toMatchObject({
      rule: "mtu-black-hole",
      author: expect.stringContaining("--mtu=1400") as string,
    });
    expect(explained(download, beside(true))).toBeUndefined();
    expect(explained(download, { ...beside(false), services: [] })).toBeUndefined();
  });
});
