import { describe, expect, it } from "vitest";
import { explained } from "./first-finding.ts";

const daemon = "Error response from daemon: ";

describe("what only docker is believed", () => {
  const lines: readonly (readonly [rule: string, line: string])[] = [
    ["registry-plain-http", 'Get "https://reg:5000/v2/": http: server gave HTTP response to HTTPS client'],
    [
      "registry-plain-http",
      'failed to do request: Head "https://reg:5000/v2/x/blobs/sha256:aa": http: server gave HTTP response to HTTPS client',
    ],
    [
      "registry-denied",
      "failed to authorize: failed to fetch oauth token: unexpected status from GET request to https://r.example.com/jwt/auth: 403 Forbidden",
    ],
    ["registry-denied", "denied: requested access to the resource is denied"],
    ["registry-denied", "unauthorized: authentication required"],
    ["registry-rate-limit", "toomanyrequests: too many of them"],
    ["registry-unreachable", 'Get "https://r.example.com/v2/": dial tcp 10.0.0.5:443: i/o timeout'],
    ["registry-certificate", 'Get "https://r.example.com/v2/": x509: certificate signed by unknown authority'],
  ];

  it.each(lines)("is %s where its own command ended with it: %s", (rule, line) => {
    expect(explained(["$ docker push app", line])?.rule).toBe(rule);
    expect(explained(["$ docker build -t app . && docker push app", line])?.rule).toBe(rule);
    expect(explained(["$ ./push", line])).toBeUndefined();
    expect(explained(["$ skopeo copy a b", line])).toBeUndefined();
    expect(explained(["$ docker run app", line])).toBeUndefined();
  });

  it.each(["denied", "unauthorized"])("is a bare %s after an address", (word) => {
    const line = `${daemon}Head "https://ghcr.io/v2/a/b/manifests/latest": ${word}`;
    expect(explained(["$ docker pull ghcr.io/a/b", line])).toMatchObject({
      rule: "registry-denied",
      cause: expect.stringContaining("ghcr.io") as string,
    });
    expect(explained(["$ docker pull ghcr.io/a/b", `${daemon}error from registry: ${word}`, word])?.rule).toBe(
      "registry-denied",
    );
  });

  it("is not what a daemon fails to reach besides", () => {
    const line = `docker: ${daemon}failed to initialize logging driver: dial tcp 10.0.0.1:24224: connect: connection refused`;
    expect(explained(["$ docker run app", line])).toBeUndefined();
  });

  it.each([
    '{"message":"401 Unauthorized"}',
    "Error: failed to fetch https://charts.example.com/a.tgz : 403 Forbidden",
    "ERROR: unexpected status 403 Forbidden",
    "failed to push a/tap: 403 Forbidden",
    'failed to fetch users: Get "https://api.example.com/v2/users": x509: certificate signed by unknown authority',
    'failed to push changes: Post "https://git.example.com/v2/push": EOF',
    "failed to fetch quota: 429 Too Many Requests",
  ])("is not any client's: %s", (line) => {
    expect(explained(["$ ./release", line])).toBeUndefined();
    expect(explained(["$ docker build .", `#9 12.1 ${line}`])).toBeUndefined();
  });
});
