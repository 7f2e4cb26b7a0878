import { describe, expect, test } from "vitest";
import { pullErrorKind } from "../../../src/docker/image.ts";

// What daemons of several versions say, for images with names that are words of errors themselves.
describe("a pull that failed because of", () => {
  test.each([
    "manifest for acme/api/office:1 not found: manifest unknown: manifest unknown",
    "manifest unknown: The named manifest is not known to the registry.",
    "pull access denied for timeout-tester, repository does not exist or may require 'docker login': denied: requested access to the resource is denied",
    'failed to resolve reference "registry.test/eof:1": registry.test/eof:1: not found',
    "No such image: debian:nowhere",
    "repository registry.test/temporary not found: name unknown: repository name not known to registry",
  ])("a name: %s", (text) => {
    expect(pullErrorKind(text)).toBe("not-found");
  });

  test.each([
    'Head "https://registry.test/v2/app/manifests/1": unauthorized: authentication required',
    'Head "https://registry.test/v2/app/manifests/1": no basic auth credentials',
    "error response from registry: denied: access forbidden",
    "pull access denied for acme/app",
    "unauthorized: incorrect username or password",
    "denied: requested access to the resource is denied",
  ])("a login: %s", (text) => {
    expect(pullErrorKind(text)).toBe("unauthorized");
  });

  test.each([
    'Get "https://registry.test/v2/": dial tcp: lookup registry.test on 10.0.0.1:53: no such host',
    'Get "https://registry.test/v2/": dial tcp 10.0.0.5:443: connect: connection refused',
    'Get "https://registry.test/v2/": net/http: TLS handshake timeout',
    'Get "https://registry.test/v2/": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)',
    "read tcp 10.0.0.2:5000->10.0.0.5:443: read: connection reset by peer",
    "read tcp 10.0.0.2:5000->10.0.0.5:443: i/o timeout",
    "unexpected EOF",
    'Get "https://registry.test/v2/app/blobs/sha256:ab": EOF',
    "toomanyrequests: You have reached your pull rate limit.",
    "received unexpected HTTP status: 503 Service Unavailable",
    "error parsing HTTP 429 response body: Too Many Requests",
    'Get "https://registry.test/v2/": lookup registry.test: server misbehaving',
  ])("the network or the registry: %s", (text) => {
    expect(pullErrorKind(text)).toBe("unreachable");
  });

  test.each([
    "no matching manifest for linux/arm64/v8 in the manifest list entries",
    "failed to register layer: write /usr/lib/x: no space left on device",
    "write /var/lib/docker/tmp/acme/api/office: no space left on device",
    "failed to register layer of mycorp/timeout-proxy:503: exit status 1",
    "image acme/geofence:1 uses an unsupported media type",
    "mycorp/denied-list:1: unknown blob",
    "",
  ])("something else: %s", (text) => {
    expect(pullErrorKind(text)).toBe("server");
  });
});
