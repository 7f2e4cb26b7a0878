import { describe, expect, it } from "vitest";
import { evidenceOf } from "../../../support/evidence.ts";
import { causeOf, causesOf, clientOf, dind, said, upOn } from "./daemons.ts";

const get = 'Get "https://docker:2376/v1.24/info": ';
const plain = dind({ log: upOn(2375), environment: ["DOCKER_TLS_CERTDIR="] });
const tcp = clientOf({ wiring: "tcp", host: "tcp://docker:2376", tlsVerify: "1", certPath: "/certs/client" });
const byHand = clientOf({ host: "tcp://docker:2376", tlsVerify: "1", certPath: "/certs/client", autowire: false });
const { build } = evidenceOf();
const withVolume = { ...build, mounts: [...build.mounts, { source: "shared-certs", destination: "/certs/client" }] };
const docker = [dind()];

describe("TLS between docker and its daemon", () => {
  it.each([
    [
      "http-to-https-daemon",
      "ERROR: Error response from daemon: Client sent an HTTP request to an HTTPS server.",
      { services: docker },
    ],
    [
      "http-to-https-daemon",
      "docker.errors.APIError: 400 Client Error for http://docker:2376/version: Bad Request (\"b'Client sent an HTTP request to an HTTPS server.\\n'\")",
      { services: docker },
    ],
    [
      "http-to-https-daemon",
      'error during connect: Get http://docker:2376/v1.39/info: net/http: HTTP/1.x transport connection broken: malformed HTTP response "\\x15\\x03\\x01\\x00\\x02\\x02".',
      { services: docker },
    ],
    [
      "http-to-https-daemon",
      'error during connect: Post "http://docker:2376/v1.50/build?dockerfile=Dockerfile&version=1": write tcp 172.18.0.4:60154->172.18.0.2:2376: write: broken pipe',
      { services: docker },
    ],
    [
      "https-to-http-daemon",
      'ERROR: error during connect: Get "https://docker:2375/v1.24/info": http: server gave HTTP response to HTTPS client',
      { services: [plain] },
    ],
    [
      "https-to-http-daemon",
      'error during connect: Get "https://docker:2375/v1.39/info": tls: first record does not look like a TLS handshake',
      { services: [plain] },
    ],
    [
      "client-certificate-missing",
      "Failed to initialize: unable to resolve docker endpoint: open /certs/client/ca.pem: no such file or directory",
      { client: byHand },
    ],
    [
      "client-certificate-missing",
      'could not read CA certificate "/certs/client/ca.pem": open /certs/client/ca.pem: no such file or directory',
      { client: byHand },
    ],
    ["daemon-certificate-expired", `error during connect: ${get}x509: certificate has expired or is not yet valid`, {}],
    [
      "daemon-certificate-expired",
      `error during connect: ${get}tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-03-02T09:11:03Z is after 2026-01-01T00:00:00Z`,
      {},
    ],
    [
      "daemon-certificate-name",
      `ERROR: error during connect: ${get}x509: certificate is valid for e27f60b24f4f, docker, localhost, not dind`,
      { services: docker },
    ],
    [
      "daemon-certificate-name",
      'error during connect: Get "https://172.18.0.2:2376/v1.50/info": tls: failed to verify certificate: x509: cannot validate certificate for 172.18.0.2 because it doesn\'t contain any IP SANs',
      {},
    ],
    [
      "daemon-certificate-authority",
      `ERROR: error during connect: ${get}x509: certificate signed by unknown authority`,
      { client: tcp },
    ],
    [
      "daemon-certificate-authority",
      `error during connect: ${get}tls: failed to verify certificate: x509: certificate signed by unknown authority (possibly because of "crypto/rsa: verification error" while trying to verify candidate authority certificate "docker:dind CA")`,
      { services: docker, client: byHand },
    ],
    [
      "stale-certificate-volume",
      `error during connect: ${get}x509: certificate signed by unknown authority`,
      { services: docker, client: byHand, build: withVolume },
    ],
    [
      "client-certificate-refused",
      `the server probably has client authentication (--tlsverify) enabled; check your TLS client certification settings: ${get}remote error: tls: bad certificate`,
      { client: byHand },
    ],
    ["client-certificate-refused", `error during connect: ${get}remote error: tls: certificate required`, {}],
    [
      "client-certificate-refused",
      `the server probably has client authentication (--tlsverify) enabled; check your TLS client certification settings: ${get}remote error: tls: handshake failure`,
      {},
    ],
  ])("is %s alone: %s", (rule, line, parts) => {
    expect(causesOf(said(line, parts))).toEqual([rule]);
  });

  it.each([
    'Error response from daemon: Get "https://registry.test:5000/v2/": x509: certificate signed by unknown authority',
    "fatal: unable to access 'https://git.test/x.git/': SSL certificate problem: self-signed certificate",
    "Error: certificate has expired",
    "requests.exceptions.SSLError: HTTPSConnectionPool(host='api.test', port=443): Max retries exceeded (Caused by SSLError(SSLCertVerificationError(1, 'certificate verify failed: self-signed certificate')))",
    "curl: (35) TLS connect error: wrong version number",
    "Client sent an HTTP request to an HTTPS server.",
    "remote error: tls: bad certificate",
    "open /etc/app/key.pem: no such file or directory",
  ])("is not read into: %s", (line) => {
    expect(causeOf(said(line))?.rule ?? "registry").toMatch(/registry/);
  });

  it("tells why docker spoke plain HTTP, and what to write", () => {
    const line = "Error response from daemon: Client sent an HTTP request to an HTTPS server.";
    const cause = causeOf(
      said(line, { services: docker, client: clientOf({ host: "tcp://docker:2376", autowire: false }) }),
    );
    expect(cause?.cause).toBe(
      "the service docker:dind speaks TLS, and docker spoke plain HTTP to it: DOCKER_TLS_VERIFY is not set",
    );
    expect(cause?.author).toMatch(/^remove LONGSHORE_DIND_AUTOWIRE: "false".*DOCKER_TLS_VERIFY: "1"/);
    expect(causeOf(said(line, { services: docker }))?.author).toMatch(/^set DOCKER_TLS_VERIFY: "1"/);
  });

  it("tells certificates that are not mounted from those that nobody made", () => {
    const line = "unable to resolve docker endpoint: open /certs/client/ca.pem: no such file or directory";
    const cause = (parts: object) => causeOf(said(line, { client: byHand, ...parts }))?.cause;
    expect(cause({})).toMatch(/nothing is mounted there$/);
    expect(cause({ build: withVolume })).toMatch(/what is mounted there holds none$/);
    expect(cause({ services: [plain] })).toMatch(/its daemon has no TLS, so it made none$/);
  });

  it("tells expired certificates from those of tomorrow", () => {
    const words = (end: string) =>
      causeOf(
        said(
          `error during connect: ${get}x509: certificate has expired or is not yet valid: current time 2026-03-02T09:11:03Z is ${end}`,
        ),
      )?.cause;
    expect(words("after 2026-01-01T00:00:00Z")).toMatch(/has expired \(valid until 2026-01-01T00:00:00Z\)/);
    expect(words("before 2026-06-01T00:00:00Z")).toMatch(/is not valid yet \(valid from 2026-06-01T00:00:00Z\)/);
  });

  it("shows what the daemon had against a client's certificate", () => {
    const said2 =
      'time="2026-11-21T12:26:44Z" level=info msg="http: TLS handshake error from 172.18.0.4:40312: tls: failed to verify certificate: x509: certificate signed by unknown authority"';
    const services = [dind({ log: [...upOn(2376), said2] })];
    const cause = causeOf(
      said(`error during connect: ${get}remote error: tls: bad certificate`, { services, client: byHand }),
    );
    expect(cause?.seen).toBe(
      "TLS handshake error from 172.18.0.4:40312: tls: failed to verify certificate: x509: certificate signed by unknown authority",
    );
  });
});
