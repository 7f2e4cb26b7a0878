import { describe, expect, it } from "vitest";
import { evidenceOf, serviceEvidence } from "../../../support/evidence.ts";
import { causeOf, causesOf, clientOf, deadDind, dind } from "./daemons.ts";

const missing = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?";
const denied = "permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock";
const after = (command: string, ...lines: string[]) => ({ output: [`$ ${command}`, ...lines] });
const socket = clientOf({ wiring: "socket", socket: "/var/run/docker.sock" });

describe("a daemon that somebody missed", () => {
  it.each([
    ["docker ps", missing],
    ["docker run app", `docker: ${missing}`, "See 'docker run --help'."],
    ["docker compose up -d", missing],
    ["./build.sh", missing],
    [
      "pytest",
      "E   docker.errors.DockerException: Error while fetching server API version: FileNotFoundError(2",
      "1 failed",
    ],
    ["mvn verify", "Could not find a valid Docker environment.", "Tests run: 3, Failures: 0, Errors: 3"],
  ])("counts where %s says so", (command, ...lines) => {
    expect(causesOf(evidenceOf(after(command, ...lines)))).toEqual(["no-docker-daemon"]);
  });

  it.each([
    ['ssh deploy@prod "docker ps"', missing],
    ["docker run app docker ps", missing],
    ["docker compose run app", `app-1  | ${missing}`],
    ["docker build .", `#9 1.234 ${missing}`, "ERROR: failed to solve"],
    ["act -j build", `[CI/build]   | ${missing}`],
    ["syft app", "  * docker error: " + missing, "  * podman error: no podman socket"],
    ["go test ./...", missing, "--- FAIL: TestParse (0.00s)", "FAIL"],
    ["./smoke.sh", missing, "one", "two", "three", "four", "five", "six"],
  ])("does not where %s says so", (command, ...lines) => {
    expect(causesOf(evidenceOf(after(command, ...lines)))).toEqual([]);
  });

  it("does not where a program says so beside a socket that works, and does where docker says so", () => {
    expect(causesOf(evidenceOf({ ...after("./build.sh", missing), client: socket }))).toEqual([]);
    expect(causesOf(evidenceOf({ ...after("docker ps", missing), client: socket }))).toEqual(["docker-socket-dead"]);
    expect(causesOf(evidenceOf({ ...after("./build.sh", denied), client: socket }))).toEqual([]);
    expect(causesOf(evidenceOf({ ...after("./build.sh", denied) }))).toEqual([]);
    expect(causesOf(evidenceOf({ ...after("docker ps", denied), client: socket }))).toEqual(["docker-socket-denied"]);
  });

  it("counts at a limit of time only where docker was at work", () => {
    const failure = { exitCode: null, reason: "job_execution_timeout", message: "the job took longer than 60 seconds" };
    expect(causesOf(evidenceOf({ ...after("./build.sh", missing), failure }))).toEqual([]);
    expect(causesOf(evidenceOf({ ...after("docker ps", missing), failure }))).toEqual(["no-docker-daemon"]);
  });
});

describe("requests that others than docker send", () => {
  it.each([
    'Get "http://api:8080/version": dial tcp: lookup api: no such host',
    'Get "https://exporter:9100/info": remote error: tls: handshake failure',
    "error during connect: lookup ldap.acme.example: no such host",
    "Error: getaddrinfo ENOTFOUND docker.elastic.co",
    "Error: getaddrinfo EAI_AGAIN docker-registry.acme.example",
    "curl: (6) Could not resolve host: docker",
    "connect ECONNREFUSED /tmp/mock/docker.sock",
    'Get "http://gateway:8443/": malformed HTTP response "\\x15\\x03\\x01\\x00\\x02\\x02"',
    "Client sent an HTTP request to an HTTPS server.",
  ])("are not read into: %s", (line) => {
    expect(causesOf(evidenceOf(after("./check", line)))).toEqual([]);
  });

  it.each([
    ["http://docker:2375", {}],
    ["http://engine:4243", { client: clientOf({ host: "tcp://engine:4243" }) }],
  ])("are docker's when they go to a daemon: %s", (url, parts) => {
    const host = new URL(url).hostname;
    const line = `Get "${url}/version": dial tcp: lookup ${host}: no such host`;
    expect(causesOf(evidenceOf({ ...after("./check", line), ...parts }))).toEqual(["daemon-name-unknown"]);
  });
});

describe("the daemon that is blamed", () => {
  const refused = (host: string) => after("docker ps", `Cannot connect to the Docker daemon at tcp://${host}:2376.`);

  it("is the one of two that docker asked", () => {
    const services = [
      deadDind(["unknown flag: --a"], { name: "docker:a-dind", aliases: ["a"] }),
      dind({ aliases: ["b"] }),
    ];
    expect(causeOf(evidenceOf({ ...refused("a"), services }))?.cause).toContain("docker:a-dind");
    expect(causesOf(evidenceOf({ ...refused("b"), services }))).toEqual([]);
    expect(causesOf(evidenceOf({ ...refused("localhost"), services }))).toEqual(["nothing-listens"]);
  });

  it("needs more memory when it was killed for want of it", () => {
    const state = { running: false, exitCode: 137, oomKilled: true, error: "" };
    const cause = causeOf(evidenceOf({ ...refused("docker"), services: [deadDind([], { state })] }));
    expect(cause?.cause).toContain("was killed, because memory ran out");
    expect(cause?.admin).toContain("service_memory in [runners.docker]");
  });

  it("is not said to run when nobody knows its state", () => {
    const line = 'error during connect: Get "http://docker:2375/v1.47/info": dial tcp: lookup docker: no such host';
    const cause = causeOf(evidenceOf({ ...after("docker ps", line), services: [dind({ state: null })] }));
    expect(cause?.rule).toBe("daemon-name-unknown");
    expect(cause?.cause).toContain("was not started, or is gone");
  });
});

describe("a daemon that hangs up on a client with TLS", () => {
  const line =
    'ERROR: error during connect: Get "https://docker:2376/v1.47/info": write tcp 10.0.0.4:5->10.0.0.3:2376: write: connection reset by peer';
  it.each([
    ["remote error: tls: bad certificate", ["client-certificate-refused"]],
    [
      "tls: failed to verify certificate: x509: certificate signed by unknown authority",
      ["client-certificate-refused"],
    ],
    ["EOF", []],
  ])("has refused its certificate, if that is what its log says: %s", (reason, expected) => {
    const services = [dind({ log: [`http: TLS handshake error from 10.0.0.4:5: ${reason}`] })];
    expect(causesOf(evidenceOf({ ...after("docker info", line), services }))).toEqual(expected);
  });
});

describe("services beside the daemon", () => {
  it.each([
    ["Error: getaddrinfo ENOTFOUND mailer", true],
    ["connection to mailer:25 refused", true],
    ['could not translate host name "mailer" to address', true],
    ["  ✓ connection to mailer:25 refused is retried", false],
    ["refused by the mailer wrapper", false],
  ])("are missed, or not: %s", (line, isMissed) => {
    const state = { running: false, exitCode: 1, oomKilled: false, error: "" };
    const services = [serviceEvidence({ name: "acme/mailer:1", aliases: ["mailer"], state, log: ["went away"] })];
    expect(causesOf(evidenceOf({ ...after("npm test", line), services }))).toEqual(isMissed ? ["service-died"] : []);
    const done = services.map((service) => ({ ...service, state: { ...state, exitCode: 0 } }));
    expect(causesOf(evidenceOf({ ...after("npm test", line), services: done }))).toEqual([]);
  });
});
