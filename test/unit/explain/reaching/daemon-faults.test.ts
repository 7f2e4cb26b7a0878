import { describe, expect, it } from "vitest";
import { explain } from "../../../../src/explain/explain.ts";
import { evidenceOf } from "../../../support/evidence.ts";
import { causeOf, clientOf, deadDind, dind, said, unstarted, upOn } from "./daemons.ts";

const gone =
  "error during connect: Get http://docker:2375/v1.24/info: dial tcp: lookup docker on 127.0.0.11:53: no such host";

describe("a dind that could not start", () => {
  it.each([
    [
      "mount: permission denied (are you root?)",
      "Could not mount /sys/kernel/security.",
      "AppArmor detection and --privileged mode might break.",
    ],
    [
      "failed to start daemon: Error initializing network controller: error obtaining controller instance: failed to create NAT chain DOCKER: iptables failed: iptables -t nat -N DOCKER: iptables v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)",
      " (exit status 4)",
    ],
    [
      "ip: can't find device 'ip_tables'",
      "iptables v1.8.10 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)",
    ],
    ["mount: mounting none on /sys/kernel/security failed: Operation not permitted"],
    ["failed to start daemon: Devices cgroup isn't mounted: mount /sys/fs/cgroup: operation not permitted"],
  ])("without privileges: %s", (...log) => {
    const cause = causeOf(said(gone, { services: [deadDind(log, { privileged: false })] }));
    expect(cause?.rule).toBe("dind-not-privileged");
    expect(cause?.admin).toContain("services_privileged = true");
    expect(causeOf(said(gone, { services: [deadDind(log)] }))?.rule).not.toBe("dind-not-privileged");
  });

  it.each([
    ["dind-data-in-use", "failed to start containerd: timeout waiting for containerd to start"],
    [
      "dind-data-in-use",
      "failed to start daemon: error while opening volume store metadata database (/var/lib/docker/volumes/metadata.db): timeout",
    ],
    [
      "dind-data-in-use",
      "failed to start daemon: pid file found, ensure docker is not running or delete /var/run/docker.pid",
    ],
    ["dind-storage-driver", "failed to start daemon: error initializing graphdriver: driver not supported: btrfs"],
    [
      "dind-storage-driver",
      "failed to start daemon: error initializing graphdriver: overlay2: the backing xfs filesystem is formatted without d_type support",
    ],
    ["dind-died", "failed to start daemon: something nobody has seen before"],
    [
      "iptables-unusable",
      "failed to start daemon: Error initializing network controller: iptables failed: iptables -t nat -N DOCKER: iptables v1.8.4 (legacy): can't initialize iptables table `nat': Table does not exist (do you need to insmod?)",
    ],
  ])("is %s: %s", (rule, line) => {
    const log = ['time="2026-03-02T09:11:03Z" level=info msg="Starting up"', line];
    expect(causeOf(said(gone, { services: [deadDind(log)] }))?.rule).toBe(rule);
    expect(
      causeOf(
        unstarted("the Docker daemon of this job (docker:dind) did not start: it ended with exit code 1", {
          services: [deadDind(log)],
        }),
      )?.rule,
    ).toBe(rule);
  });

  it("is not one that runs without privileges, as some runtimes allow", () => {
    const log = ["mount: permission denied (are you root?)", ...upOn(2376)];
    expect(causeOf(said(gone, { services: [dind({ log, privileged: false, aliases: ["engine"] })] }))?.rule).toBe(
      "daemon-name-unknown",
    );
  });

  it("is not why a job failed that says nothing of a daemon", () => {
    const services = [deadDind(["failed to start daemon: something"], { privileged: false })];
    expect(causeOf(evidenceOf({ services, output: ["$ npm test", "1 failing"] }))?.rule ?? "").not.toMatch(/^dind/);
  });
});

describe("versions of the API", () => {
  it.each([
    [
      "client-api-too-old",
      "Error response from daemon: client version 1.32 is too old. Minimum supported API version is 1.44, please upgrade your client to a newer version",
    ],
    [
      "client-api-too-old",
      "ERROR: Error response from daemon: client version 1.10 is too old. Minimum supported API version is 1.12, please upgrade your client to a newer version",
    ],
    [
      "client-api-too-old",
      '[main] ERROR o.t.d.DockerClientProviderStrategy - Status 400: {"message":"client version 1.32 is too old. Minimum supported API version is 1.44, please upgrade your client to a newer version"}',
    ],
    [
      "daemon-api-too-old",
      "Error response from daemon: client version 1.50 is too new. Maximum supported API version is 1.41",
    ],
    [
      "daemon-api-too-old",
      "Error response from daemon: client is newer than server (client API version: 1.24, server API version: 1.21)",
    ],
    [
      "daemon-api-too-old",
      '"specify container image platform" requires API version 1.41, but the Docker daemon API version is 1.40',
    ],
  ])("that don't meet give %s: %s", (rule, line) => {
    expect(causeOf(said(line))?.rule).toBe(rule);
  });

  it("that a job pins are told so", () => {
    const line =
      "Error response from daemon: client version 1.32 is too old. Minimum supported API version is 1.44, please upgrade your client to a newer version";
    expect(causeOf(said(line, { client: clientOf({ apiVersion: "1.32" }) }))?.author).toMatch(
      /^remove DOCKER_API_VERSION/,
    );
    expect(causeOf(said(line))?.author).toMatch(/\(25 or later\)/);
  });
});

describe("a socket that may not be used", () => {
  const lines = [
    'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get "http://%2Fvar%2Frun%2Fdocker.sock/v1.24/info": dial unix /var/run/docker.sock: connect: permission denied',
    "ERROR: Got permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: Get http://%2Fvar%2Frun%2Fdocker.sock/v1.40/info: dial unix /var/run/docker.sock: connect: permission denied",
    "permission denied while trying to connect to the docker API at unix:///var/run/docker.sock",
    "docker.errors.DockerException: Error while fetching server API version: ('Connection aborted.', PermissionError(13, 'Permission denied'))",
    "Error: connect EACCES /var/run/docker.sock",
  ];
  const { build, daemon } = evidenceOf();
  const client = clientOf({ socket: "/var/run/docker.sock" });
  const as = (user: string) => ({ client, build: { ...build, user } });

  it.each(lines)("is explained: %s", (line) => {
    expect(causeOf(said(line, as("1000")))?.rule).toBe("docker-socket-denied");
  });

  it("is told by user, SELinux and rootless daemon", () => {
    const line = lines[0] as string;
    expect(causeOf(said(line, as("1000")))?.cause).toMatch(/^the job's user 1000 may not use/);
    expect(causeOf(said(line, as("")))?.cause).toMatch(/^another user than root, to whom the script changed/);
    if (daemon === null) throw new Error("the evidence has a daemon");
    expect(causeOf(said(line, { ...as(""), daemon: { ...daemon, selinux: true } }))?.cause).toMatch(/^SELinux/);
    expect(causeOf(said(line, { ...as(""), daemon: { ...daemon, rootless: true } }))?.cause).toMatch(/rootless/);
  });
});

describe("the wait of plain TCP", () => {
  const slow =
    'time="2026-03-02T09:11:03Z" level=warning msg="Binding to an IP address without --tlsverify is deprecated. Startup is intentionally being slowed down to show this message" host="tcp://0.0.0.0:2375"';
  const insecure =
    'time="2026-03-02T09:11:03Z" level=warning msg="Binding to IP address without --tlsverify is insecure and gives root access on this machine to everyone who has access to your network." host="tcp://0.0.0.0:2375"';

  it("is worth knowing of a job that succeeds", () => {
    const of = (log: readonly string[]) => explain(evidenceOf({ failure: null, services: [dind({ log })] }));
    expect(of([slow, ...upOn(2375)])).toMatchObject([{ rule: "plain-tcp-wait", isCause: false }]);
    expect(of([insecure, ...upOn(2375)])).toEqual([]);
  });
});
