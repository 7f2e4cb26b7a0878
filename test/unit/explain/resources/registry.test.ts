import { describe, expect, it } from "vitest";
import { explained, onOwnDind, onSidecar, onSocket, unprepared } from "./first-finding.ts";

const daemon = "Error response from daemon: ";
const source = "failed to resolve source metadata for docker.io/acme/app:1: ";
const hub = "https://registry-1.docker.io/v2/";
const limit =
  "You have reached your pull rate limit. You may increase the limit by authenticating and upgrading: https://www.docker.com/increase-rate-limit";

/** Recorded of Docker 20.10 to 29, its classic builder, buildkit, and docker push. */
const recorded: readonly (readonly [rule: string, line: string])[] = [
  ["image-not-found", `${daemon}manifest for acme/app:1 not found: manifest unknown: manifest unknown`],
  ["image-not-found", "manifest for acme/app:1 not found: manifest unknown: manifest unknown"],
  [
    "image-not-found",
    `${daemon}repository registry.example.com/acme/app not found: name unknown: repository name not known to registry`,
  ],
  ["image-not-found", `ERROR: failed to solve: acme/app:1: ${source}docker.io/acme/app:1: not found`],
  [
    "image-not-found",
    "failed to solve with frontend dockerfile.v0: failed to create LLB definition: docker.io/acme/app:1: not found",
  ],
  [
    "image-not-found",
    `docker: ${daemon}failed to resolve reference "docker.io/acme/app:1": docker.io/acme/app:1: not found`,
  ],
  [
    "registry-denied",
    `${daemon}pull access denied for acme/app, repository does not exist or may require 'docker login': denied: requested access to the resource is denied`,
  ],
  [
    "registry-denied",
    `ERROR: failed to solve: acme/app:1: ${source}pull access denied, repository does not exist or may require authorization: server message: insufficient_scope: authorization failed`,
  ],
  ["registry-denied", `${daemon}unauthorized: authentication required`],
  ["registry-denied", "denied: requested access to the resource is denied"],
  ["registry-denied", "unauthorized: authentication required"],
  ["registry-denied", "no basic auth credentials"],
  [
    "registry-denied",
    `${daemon}Head "https://registry.example.com/v2/acme/app/manifests/1": no basic auth credentials`,
  ],
  [
    "registry-denied",
    `${daemon}Get "https://registry.example.com/v2/": unauthorized: HTTP Basic: Access denied. The provided password or token is incorrect`,
  ],
  [
    "registry-denied",
    `${daemon}login attempt to https://registry.example.com/v2/ failed with status: 401 Unauthorized`,
  ],
  [
    "registry-denied",
    "ERROR: failed to solve: failed to push registry.example.com/app:1: unexpected status from POST request to https://registry.example.com/v2/app/blobs/uploads/: 403 Forbidden",
  ],
  ["registry-rate-limit", `docker: ${daemon}toomanyrequests: ${limit}.`],
  ["registry-rate-limit", `toomanyrequests: ${limit}`],
  [
    "registry-rate-limit",
    `ERROR: failed to solve: acme/app:1: failed to copy: httpReadSeeker: failed open: unexpected status code ${hub}acme/app/manifests/sha256:53: 429 Too Many Requests - Server message: toomanyrequests: You have reached your unauthenticated pull rate limit. https://www.docker.com/increase-rate-limit`,
  ],
  ["registry-plain-http", `${daemon}Get "https://10.0.0.5:5000/v2/": http: server gave HTTP response to HTTPS client`],
  [
    "registry-plain-http",
    'ERROR: failed to solve: 10.0.0.5:5000/app:1: failed to do request: Head "https://10.0.0.5:5000/v2/app/manifests/1": http: server gave HTTP response to HTTPS client',
  ],
  [
    "registry-certificate",
    `${daemon}Get "https://registry.example.com/v2/": x509: certificate signed by unknown authority`,
  ],
  [
    "registry-certificate",
    `${daemon}Get "https://registry.example.com/v2/": tls: failed to verify certificate: x509: certificate signed by unknown authority`,
  ],
  [
    "registry-certificate",
    `${daemon}Get "https://10.255.255.1:5000/v2/": x509: cannot validate certificate for 10.255.255.1 because it doesn't contain any IP SANs`,
  ],
  [
    "registry-certificate",
    `${daemon}Get "https://registry.example.com/v2/": x509: certificate has expired or is not yet valid: current time 2026-01-02T03:04:05Z is after 2025-12-31T00:00:00Z`,
  ],
  ["platform-missing", "no matching manifest for linux/arm64/v8 in the manifest list entries"],
  [
    "platform-missing",
    `docker: ${daemon}no matching manifest for linux/amd64 in the manifest list entries: no match for platform in manifest: not found`,
  ],
  ["platform-missing", `ERROR: failed to solve: acme/app:1: ${source}no match for platform in manifest: not found`],
  [
    "platform-missing",
    `docker: ${daemon}image with reference acme/app:1 was found but does not match the specified platform: wanted linux/amd64, actual: linux/arm64/v8.`,
  ],
  ["registry-unreachable", `${daemon}Get "${hub}": dial tcp: lookup registry-1.docker.io on 10.0.0.2:53: no such host`],
  [
    "registry-unreachable",
    `${daemon}Get "${hub}": dial tcp: lookup registry-1.docker.io on 10.0.0.2:53: read udp 172.18.0.2:4->10.0.0.2:53: i/o timeout`,
  ],
  [
    "registry-unreachable",
    `${daemon}Get "http://127.0.0.1:5000/v2/": dial tcp 127.0.0.1:5000: connect: connection refused`,
  ],
  [
    "registry-unreachable",
    `${daemon}Get "${hub}": net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)`,
  ],
  ["registry-unreachable", `${daemon}Get "${hub}": net/http: TLS handshake timeout`],
  [
    "registry-unreachable",
    `ERROR: failed to solve: acme/app:1: ${source}failed to do request: Head "${hub}acme/app/manifests/1": dial tcp: lookup registry-1.docker.io on 127.0.0.11:53: no such host`,
  ],
];

describe("what docker says of a registry", () => {
  it.each(recorded)("gives %s: %s", (rule, line) => {
    for (const parts of [{}, onSocket, onSidecar, onOwnDind]) {
      const found = explained(["$ docker build .", "#1 transferring context", line], parts);
      expect(found?.rule).toBe(rule);
      for (const text of [found?.cause, found?.author, found?.admin]) expect(text?.length).toBeLessThanOrEqual(170);
    }
  });

  it.each(recorded.filter(([, line]) => line.startsWith(daemon)))(
    "gives %s as well when it kept the runner from pulling a job's image: %s",
    (rule, line) => {
      const words = line.slice(daemon.length);
      const found = unprepared(
        `failed to pull image "acme/app:1" with specified policies [always]: pull image acme/app:1: ${words}`,
      );
      expect(found?.rule).toBe(rule);
      expect(`${found?.author}${found?.admin}`).not.toContain("docker login -u");
    },
  );

  it.each(recorded)("is no cause where the script lived with it (%s: %s)", (_, line) => {
    const build = ["Sending build context to Docker daemon  2.048kB", "Step 1/2 : FROM debian", " ---> 5feabace7017"];
    const test = [
      "Step 2/2 : RUN make test",
      " ---> Running in 1",
      "1 of 20 tests failed",
      "The command '/bin/sh -c make test' returned a non-zero code: 2",
    ];
    expect(explained(["$ docker pull acme/app:1 || docker build .", line, ...build, ...test])).toBeUndefined();
    const again = ["$ docker pull acme/app:1 || true", line, "$ docker build .", ...build, ...test];
    expect(explained(again)).toBeUndefined();
    expect(
      explained(["$ docker pull acme/app:1 || true", line, "$ make test", "1 of 20 tests failed"]),
    ).toBeUndefined();
  });

  it.each([
    "Error: 404 not found",
    "unauthorized: token expired in test login_spec",
    "HTTP 429 Too Many Requests",
    'Get "https://api.example.com/": x509: certificate signed by unknown authority',
    'Get "https://api.example.com/": dial tcp: lookup api.example.com: no such host',
    "requests.exceptions.HTTPError: 403 Client Error: Forbidden for url: https://api.example.com/v2/",
    "http: server gave HTTP response to HTTPS client",
    'docker: Error response from daemon: OCI runtime create failed: exec: "/run": permission denied: unknown.',
  ])("is told from a program that failed on the network: %s", (line) => {
    expect(explained(line)?.rule ?? "").not.toMatch(/registry|image/);
  });
});

describe("the advice on a registry", () => {
  const plain = `${daemon}Get "https://10.0.0.5:5000/v2/": http: server gave HTTP response to HTTPS client`;

  it("names the registry, and the place where this job's daemon is told of it", () => {
    expect(explained(plain, onSidecar)?.admin).toBe(
      '[runners.docker.daemon] command = ["--insecure-registry=10.0.0.5:5000"]',
    );
    expect(explained(plain, onOwnDind)?.author).toContain('command: ["--insecure-registry=10.0.0.5:5000"]');
    expect(explained(plain, onSocket)?.admin).toContain('{ "insecure-registries": ["10.0.0.5:5000"] }');
  });

  it("names the image of a job that could not be pulled", () => {
    const found = unprepared(
      `failed to pull image "acme/app:1" with specified policies [always]: pull image acme/app:1: manifest for acme/app:1 not found: manifest unknown`,
    );
    expect(found?.cause).toMatch(/: acme\/app:1$/);
    expect(found?.author).toContain("image:");
  });

  it("tells of an image that only another job's daemon has", () => {
    const line = `${daemon}No such image: acme/app:1`;
    expect(explained(line, onSidecar)).toMatchObject({ rule: "image-not-on-daemon" });
    expect(explained(line, onSocket)).toBeUndefined();
    const found = unprepared(
      'failed to pull image "acme/app:1" with specified policies [never]: find image: No such image: acme/app:1',
    );
    expect(found).toMatchObject({ rule: "image-not-on-daemon", admin: expect.stringContaining("pull_policy") });
  });

  it("says which login is missing", () => {
    const denied = (image: string) =>
      `pull access denied for ${image}, repository does not exist or may require 'docker login': denied`;
    expect(explained(`${daemon}${denied("acme/app")}`)?.author).toMatch(
      /docker login -u "\$HUB_USER" --password-stdin,/,
    );
    expect(explained(`${daemon}${denied("r.example.com/app")}`)?.author).toMatch(/CI_REGISTRY_USER.* r\.example\.com$/);
    expect(explained(["$ docker push app", "unauthorized: authentication required"])?.author).toMatch(
      / \$CI_REGISTRY$/,
    );
    const ofJob = (image: string) =>
      unprepared(`failed to pull image "${image}": pull image ${image}: ${denied(image)}`);
    expect(ofJob("acme/app:1")?.author).toContain('"https://index.docker.io/v1/"');
    expect(ofJob("r.example.com:5000/app:1")?.author).toContain('{"r.example.com:5000":{');
    expect(ofJob("r.example.com:5000/app:1")?.admin).toMatch(/docker login r\.example\.com:5000$/);
  });

  it("knows the daemon's localhost from the job's", () => {
    const found = explained(
      `${daemon}Get "http://localhost:5000/v2/": dial tcp 127.0.0.1:5000: connect: connection refused`,
    );
    expect(found?.cause).toContain("localhost:5000 on its own host");
    expect(found?.author).toContain("-p 5000:5000");
    const ofSidecar = explained(
      `${daemon}Get "http://localhost:5000/v2/": dial tcp [::1]:5000: connect: connection refused`,
      onSidecar,
    );
    expect(ofSidecar?.author).toContain("registry:5000/IMAGE");
    expect(`${found?.admin}${ofSidecar?.admin}`).toBe("");
  });

  it("names the platform only where docker did", () => {
    expect(
      explained(`ERROR: failed to solve: acme/app:1: ${source}no match for platform in manifest: not found`)?.cause,
    ).toMatch(/asked for/);
    expect(explained("no matching manifest for linux/arm64/v8 in the manifest list entries")?.cause).toMatch(
      /linux\/arm64\/v8$/,
    );
  });
});
