import { describe, expect, it } from "vitest";
import { evidenceOf, serviceEvidence } from "../../../support/evidence.ts";
import { causeOf, causesOf, clientOf, deadDind, dind, said, unstarted, upOn } from "./daemons.ts";

/** docker 20.10, 24, 27 and 29; docker:cli with musl's resolver; docker-py; dockerode. */
const unknownNames = [
  'ERROR: error during connect: Get "http://docker:2375/v1.24/info": dial tcp: lookup docker on 127.0.0.11:53: no such host',
  "error during connect: Get http://docker:2375/v1.40/info: dial tcp: lookup docker on 169.254.169.254:53: no such host",
  'error during connect: Post "http://docker:2375/v1.24/auth": dial tcp: lookup docker: Try again',
  'error during connect: Head "https://docker:2376/_ping": dial tcp: lookup docker: Temporary failure in name resolution',
  "failed to connect to the docker API at tcp://docker:2376: lookup docker on 127.0.0.11:53: no such host",
  'ERROR: failed to initialize builder default (default): error during connect: Get "http://docker:2375/v1.51/info": dial tcp: lookup docker on 10.96.0.10:53: server misbehaving',
  "docker.errors.DockerException: Error while fetching server API version: HTTPConnectionPool(host='docker', port=2375): Max retries exceeded with url: /version (Caused by NewConnectionError('<urllib3.connection.HTTPConnection object at 0x7f1>: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution'))",
  "Error: getaddrinfo ENOTFOUND docker",
  "curl: (6) Could not resolve host: docker (http://docker:2375/_ping)",
];

describe("a daemon's name that is not known", () => {
  it.each(unknownNames)("is explained with the ways to a daemon: %s", (line) => {
    const cause = causeOf(said(line));
    expect(cause?.rule).toBe("daemon-name-unknown");
    expect(cause?.cause).toContain("no service of this job is called docker");
    expect(`${cause?.author} ${cause?.admin}`).toMatch(/services: \[docker:dind\].*wiring = "dind".*wiring = "socket"/);
  });

  const line = unknownNames[0] as string;
  it("names the service's own alias", () => {
    const services = [
      dind({
        name: "registry.test/ci/dind:1",
        image: "registry.test/ci/dind:1",
        aliases: ["registry.test__ci__dind", "registry.test-ci-dind"],
      }),
    ];
    const cause = causeOf(said(line, { services }));
    expect(cause?.cause).toBe(
      "no service is called docker: the Docker daemon of this job is called registry.test__ci__dind, registry.test-ci-dind",
    );
    expect(cause?.author).toContain("alias: docker");
  });

  it("speaks of the network where the service runs under that name", () => {
    expect(causeOf(said(line, { services: [dind()] }))?.admin).toContain("network_mode");
  });

  it("shows how the service ended", () => {
    const services = [
      deadDind([
        'time="x" level=info msg="Starting up"',
        "unable to configure the Docker daemon with file /etc/docker/daemon.json: invalid character '}'",
      ]),
    ];
    const cause = causeOf(said(line, { services }));
    expect(causesOf(said(line, { services }))).toEqual(["dind-died"]);
    expect(cause?.cause).toContain("ended with exit code 1: its daemon.json is not valid");
    expect(cause?.seen).toContain("invalid character '}'");
  });

  it.each([
    'Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io on 127.0.0.11:53: no such host',
    "curl: (6) Could not resolve host: docker.example.com",
    'psql: error: could not translate host name "docker" to address: Name or service not known',
    "Error: getaddrinfo ENOTFOUND postgres",
  ])("is not read into: %s", (other) => {
    expect(causeOf(said(other))?.rule ?? "").not.toMatch(/daemon-name|dind/);
  });
});

const noSocket = [
  "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
  "ERROR: Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
  "failed to connect to the docker API at unix:///var/run/docker.sock; check if the path is correct and if the daemon is running: dial unix /var/run/docker.sock: connect: no such file or directory",
  "docker.errors.DockerException: Error while fetching server API version: ('Connection aborted.', FileNotFoundError(2, 'No such file or directory'))",
  "Error: connect ENOENT /var/run/docker.sock",
  "java.lang.IllegalStateException: Could not find a valid Docker environment. Please see logs and check configuration",
  "Error: Could not find a working container runtime strategy",
  "rootless Docker not found, failed to create Docker provider",
];

describe("nobody at the daemon's address", () => {
  it.each(noSocket)("is a job without a daemon: %s", (line) => {
    const cause = causeOf(said(line));
    expect(cause?.rule).toBe("no-docker-daemon");
    expect(`${cause?.author} ${cause?.admin}`).toMatch(/services: \[docker:dind\].*wiring = "dind".*wiring = "socket"/);
  });

  const line = noSocket[0] as string;
  const tcp = (address: string) => `Cannot connect to the Docker daemon at ${address}. Is the docker daemon running?`;
  it.each([
    ["docker-socket-dead", line, { client: clientOf({ socket: "/run/other/docker.sock" }) }],
    ["docker-host-unset", line, { services: [dind()] }],
    ["daemon-on-other-port", tcp("tcp://docker:2375"), { services: [dind()] }],
    [
      "daemon-on-other-port",
      tcp("tcp://docker:2376"),
      { services: [dind({ log: upOn(2375), environment: ["DOCKER_TLS_CERTDIR="] })] },
    ],
    [
      "daemon-not-ready",
      tcp("tcp://docker:2376"),
      { services: [dind({ log: ['time="x" level=info msg="Starting up"'] })] },
    ],
    ["nothing-listens", tcp("tcp://localhost:2375/"), {}],
    ["nothing-listens", tcp("tcp://10.1.2.3:2375"), { services: [dind()] }],
    ["nothing-listens", tcp("tcp://redis:2375"), { services: [serviceEvidence()] }],
    ["dind-died", tcp("tcp://docker:2376"), { services: [deadDind(["unknown flag: --no-such"])] }],
  ])("is %s alone: %s", (rule, words, parts) => {
    expect(causesOf(said(words, parts))).toEqual([rule]);
  });

  it("at the port of a daemon that listens is not understood", () => {
    expect(causesOf(said(tcp("tcp://docker:2376"), { services: [dind()] }))).toEqual([]);
  });

  it("is heard before a command of docker's after which nothing follows, and not before another", () => {
    const output = ["$ echo begin", "begin", line];
    expect(causeOf(evidenceOf({ output: [...output, "$ DOCKER_TLS=1 docker info"] }))?.rule).toBe("no-docker-daemon");
    expect(causeOf(evidenceOf({ output: [...output, "$ docker build .", "no Dockerfile"] }))).toBe(null);
    expect(causeOf(evidenceOf({ output: [...output, "$ ./build.sh"] }))).toBe(null);
    expect(causeOf(evidenceOf({ output: [...output, "$ ./build.sh", "1 error"] }))).toBe(null);
  });

  it("counts only when it ended the script", () => {
    const evidence = said(line);
    expect(causeOf({ ...evidence, output: [...evidence.output, "$ make test", "FAIL"] })).toBe(null);
    const lines = Array.from({ length: 100 }, (_, index) => `ok ${index}`);
    expect(causeOf({ ...evidence, output: ["$ make test", line, ...lines, "FAIL"] })).toBe(null);
  });

  it.each([
    "Error: connect ECONNREFUSED 127.0.0.1:5432",
    "dial tcp 127.0.0.1:6379: connect: connection refused",
    "bash: ./deploy.sh: Permission denied",
    "$ echo Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
  ])("is not read into: %s", (other) => {
    expect(causeOf(said(other))).toBe(null);
  });
});

describe("the runner's own checks", () => {
  it("are explained by what the daemon said last", () => {
    const message = "the Docker daemon of this job (docker:dind) did not start: it ended with exit code 125";
    const services = [
      deadDind(["Status: unknown flag: --no-such", "See 'dockerd --help'., Code: 125"], { isSidecar: true }),
    ];
    const cause = causeOf(unstarted(message, { services, client: clientOf({ wiring: "dind" }) }));
    expect(cause?.rule).toBe("dind-died");
    expect(cause?.seen).toBe("Status: unknown flag: --no-such");
    expect(cause?.admin).toContain("[runners.docker.daemon]");
  });

  it.each([
    [
      "daemon-deaf",
      "the Docker daemon of this job (docker:dind) did not start: not ready after 60 s: its API answered with status 503",
      [dind()],
    ],
    [
      "remote-daemon-unreachable",
      "the Docker daemon tcp://10.1.2.3:2376 can't be reached from the job: read ECONNRESET",
      [],
    ],
    [
      "daemon-certificate-authority",
      "the Docker daemon tcp://10.1.2.3:2376 can't be reached from the job: unable to verify the first certificate",
      [],
    ],
    [
      "daemon-certificate-name",
      "the Docker daemon tcp://10.1.2.3:2376 can't be reached from the job: Hostname/IP does not match certificate's altnames: IP: 10.1.2.3 is not in the cert's list: 127.0.0.1",
      [],
    ],
    [
      "daemon-certificate-expired",
      "the Docker daemon tcp://10.1.2.3:2376 can't be reached from the job: certificate has expired",
      [],
    ],
  ])("give %s: %s", (rule, message, services) => {
    expect(causeOf(unstarted(message, { services, client: clientOf({ wiring: "tcp" }) }))?.rule).toBe(rule);
  });
});
