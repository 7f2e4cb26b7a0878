import { describe, expect, it } from "vitest";
import { dind, explained, onOwnDind, onSidecar, onSocket, unprepared } from "./first-finding.ts";

const notStarted = "the Docker daemon of this job (docker:dind) did not start: it ended with exit code 1";

const id = "c56910fd99616085c6d7b92cd4ff1ea41512050a7e58327ca30adff506b2ab74";
const conflict = `Conflict. The container name "/db" is already in use by container "${id}". You have to remove (or rename) that container to be able to reuse that name.`;

describe("a container's name that is taken", () => {
  it.each([
    [
      "Docker 20 to 29",
      ["$ docker run --name db redis", `docker: Error response from daemon: ${conflict}`, "See 'docker run --help'."],
    ],
    ["compose v2", ["$ docker compose up -d", " Container db  Creating", `Error response from daemon: ${conflict}`]],
    [
      "compose v1",
      [
        "$ docker-compose up",
        `ERROR: for db  Cannot create container for service db: ${conflict}`,
        "Encountered errors while bringing up the project.",
      ],
    ],
    [
      "a client of the API",
      [`Status 409: {"message":"Conflict. The container name \\"/db\\" is already in use by container \\"${id}\\"."}`],
    ],
  ])("is explained in the words of %s", (_, output) => {
    const found = explained(output, onSocket);
    expect(found).toMatchObject({ rule: "container-name-taken" });
    expect(found?.cause).toContain('called "db"');
    expect(found?.author).toContain("$CI_JOB_ID");
    expect(found?.admin).toContain('wiring = "dind"');
  });

  it("is the job's own doing where the daemon is", () => {
    const found = explained(`docker: Error response from daemon: ${conflict}`, onSidecar);
    expect(found?.author).toContain("docker rm -f db");
    expect(found?.admin).toBe("");
  });

  it("does not matter when the script went on", () => {
    const line = `docker: Error response from daemon: ${conflict}`;
    const output = ["$ docker run --name db redis || true", line, "$ npm test", "1 failed"];
    expect(explained(output, onSocket)).toBeUndefined();
    const within = ["$ ./ci/test.sh", line, ...Array.from({ length: 9 }, (__, at) => `test ${at} ok`), "1 failed"];
    expect(explained(within, onSocket)).toBeUndefined();
  });
});

const endpoint =
  "driver failed programming external connectivity on endpoint db (12592db533a14bcdfef40d426dc46b391a93595b0d23e4ca9419b9987e64b3fe)";

describe("an image that a daemon lacks", () => {
  it("does not matter when it was to be removed, first or last", () => {
    const line = "Error response from daemon: No such image: app:ci";
    expect(explained(["$ docker tag app:ci app:1", line], onSidecar)?.rule).toBe("image-not-on-daemon");
    expect(explained(["$ docker rmi -f app:ci", line, "$ docker build -t app:ci ."], onSidecar)).toBeUndefined();
    expect(explained(["$ ./e2e.sh", "1 of 12 failed", line], onSidecar)).toBeUndefined();
  });

  it("in a cluster is the cluster's", () => {
    const event =
      'Warning  Failed  3s  kubelet  Failed to pull image "acme/app:2": failed to resolve reference "docker.io/acme/app:2": docker.io/acme/app:2: not found';
    expect(explained(["$ ./deploy.sh", event, "error: timed out waiting for the condition"])).toBeUndefined();
  });

  it("is none where a file of a build is missing", () => {
    const missing = 'ERROR: failed to solve: failed to compute cache key: "/package.json": not found';
    expect(explained(["$ docker build .", missing])).toBeUndefined();
    expect(explained(["$ docker build .", "ERROR: failed to solve: target app/ci: not found"])).toBeUndefined();
  });
});

describe("a port that is taken", () => {
  it.each([
    [
      "of another container",
      `docker: Error response from daemon: ${endpoint}: Bind for 0.0.0.0:8080 failed: port is already allocated.`,
    ],
    [
      "of another container, IPv6",
      `Error response from daemon: ${endpoint}: Bind for :::8080 failed: port is already allocated`,
    ],
    [
      "of a process, up to Docker 27",
      `docker: Error response from daemon: ${endpoint}: Error starting userland proxy: listen tcp4 0.0.0.0:8080: bind: address already in use.`,
    ],
    [
      "of a process, since Docker 28",
      `Error response from daemon: failed to set up container networking: ${endpoint}: failed to bind host port for 0.0.0.0:8080:172.18.0.2:80/tcp: address already in use`,
    ],
    [
      "of a process, since Docker 29",
      `Error response from daemon: failed to set up container networking: ${endpoint}: failed to bind host port 0.0.0.0:8080/tcp: address already in use`,
    ],
    [
      "in Docker Desktop",
      "docker: Error response from daemon: Ports are not available: exposing port TCP 0.0.0.0:8080 -> 127.0.0.1:0: listen tcp 0.0.0.0:8080: bind: address already in use",
    ],
  ])("is explained when it is one %s", (_, line) => {
    expect(explained(line, onSocket)).toMatchObject({ rule: "port-taken" });
    expect(explained(line, onSocket)?.cause).toContain("port 8080 of the daemon's host");
    expect(explained(line, onSidecar)?.admin).toBe("");
  });

  it.each([
    "Error: listen EADDRINUSE: address already in use :::3000",
    "listen tcp :8080: bind: address already in use",
    "OSError: [Errno 98] Address already in use",
  ])("is not claimed of a server inside the job: %s", (line) => {
    expect(explained(line, onSocket)).toBeUndefined();
  });
});

describe("a daemon without a subnet left", () => {
  const old =
    "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network";

  it.each([
    `Error response from daemon: ${old}`,
    "failed to create network app_default: Error response from daemon: all predefined address pools have been fully subnetted",
    'ERROR: failed to parse pool request for address space "LocalDefault" pool "" subpool "": could not find an available predefined network',
  ])("is explained: %s", (line) => {
    expect(explained(line, onSocket)).toMatchObject({ rule: "no-address-pool" });
    expect(explained(line, onSocket)?.admin).toContain("default-address-pools");
    expect(explained(line, onSidecar)?.admin).toMatch(/\[runners.docker.daemon\] command = /);
    expect(explained(line, onOwnDind)?.author).toMatch(/^services: .*--default-address-pool/);
  });

  it("is explained where it kept the job from being prepared", () => {
    const found = unprepared(`create network runner-x-project-1: ${old}`);
    expect(found).toMatchObject({ rule: "no-address-pool", author: "" });
    expect(found?.admin).toContain("docker network prune");
  });
});

const died = { running: false, exitCode: 1, oomKilled: false, error: "" };
const nat =
  "failed to start daemon: Error initializing network controller: error obtaining controller instance: failed to create NAT chain DOCKER: iptables failed: iptables -t nat -N DOCKER: ";

describe("iptables of a dind", () => {
  it.each([
    [
      "modprobe ip_tables",
      "iptables v1.8.7 (legacy): can't initialize iptables table `nat': Table does not exist (do you need to insmod?)",
    ],
    [
      "modprobe ip_tables",
      `${nat}iptables v1.6.2: can't initialize iptables table 'nat': iptables who? (do you need to insmod?)`,
    ],
    [
      "modprobe nf_tables",
      `${nat}iptables v1.8.10 (nf_tables): Could not fetch rule set generation id: Invalid argument`,
    ],
    ["modprobe nf_tables", "iptables v1.8.8 (nf_tables): Failed to initialize nft: Protocol not supported"],
    ["xt_addrtype", "Warning: Extension addrtype revision 0 not supported, missing kernel module?"],
  ])("that the kernel does not serve needs %s", (fix, line) => {
    const log = ["time=… level=info msg=starting", line, "Perhaps iptables or your kernel needs to be upgraded."];
    const found = unprepared(notStarted, {
      services: [dind({ state: died, log })],
    });
    expect(found).toMatchObject({ rule: "iptables-unusable" });
    expect(line).toContain(found?.seen.replace(/^…/, ""));
    expect(found?.admin.replace("modprobe -a", "modprobe")).toContain(fix);
    // What a daemon that runs complained of did not keep it from running.
    expect(explained("1 failed", { services: [dind({ log })] })).toBeUndefined();
  });

  it("whose chains somebody flushed is the host's, found in what the job printed", () => {
    const line = `docker: Error response from daemon: ${endpoint}:  (iptables failed: iptables --wait -t nat -A DOCKER -p tcp -d 0/0 --dport 8080 -j DNAT --to-destination 172.17.0.2:80 ! -i docker0: iptables: No chain/target/match by that name. (exit status 1)).`;
    expect(explained(line, onSocket)).toMatchObject({
      rule: "iptables-unusable",
      admin: expect.stringContaining("restart"),
    });
  });

  it("that lacks the right to it is another matter", () => {
    const log = [
      "iptables v1.8.9 (nf_tables): Could not fetch rule set generation id: Permission denied (you must be root)",
    ];
    const found = unprepared(notStarted, { services: [dind({ privileged: false, state: died, log })] });
    expect(found?.rule).not.toBe("iptables-unusable");
  });
});

describe("cgroups of a daemon inside the job", () => {
  it.each([
    'docker: Error response from daemon: failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process: unable to apply cgroup configuration: cannot enter cgroupv2 "/sys/fs/cgroup/docker" with domain controllers -- it is in an invalid state: unknown.',
    'cannot enter cgroupv2 \\"/sys/fs/cgroup/docker\\" with domain controllers -- it is in threaded mode',
  ])("of version 2 must be prepared: %s", (line) => {
    expect(explained(line)).toMatchObject({ rule: "cgroup-v2-state", author: expect.stringContaining("entrypoint") });
  });

  it.each([
    "docker: Error response from daemon: cgroups: cgroup mountpoint does not exist: unknown.",
    "failed to start daemon: Devices cgroup isn't mounted",
  ])("of version 2 are unknown to an old one: %s", (line) => {
    const daemon = (cgroupVersion: string) => ({
      services: [dind({ state: died, log: [line] })],
      daemon: { ...facts, cgroupVersion },
    });
    expect(unprepared(notStarted, daemon("2"))).toMatchObject({ rule: "cgroup-not-mounted" });
    expect(unprepared(notStarted, daemon("2"))?.cause).toContain("too old");
    expect(unprepared(notStarted, daemon("1"))?.cause).toContain("entrypoint");
  });
});

const facts = {
  serverVersion: "24.0.7",
  apiVersion: "1.43",
  minApiVersion: "1.12",
  architecture: "x86_64",
  cgroupVersion: "",
  storageDriver: "overlay2",
  rootless: false,
  selinux: false,
  networkMtu: 1500,
  uplinkMtu: 1500,
};
