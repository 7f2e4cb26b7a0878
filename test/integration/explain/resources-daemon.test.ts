import { randomBytes } from "node:crypto";
import { rm } from "node:fs/promises";
import { createServer, type AddressInfo, type Server } from "node:net";
import { join } from "node:path";
import { tmpdir } from "node:os";
import { afterAll, beforeAll, describe, it } from "vitest";
import { type BuiltImage, buildImage } from "../../support/built-image.ts";
import { connectEngine, engineHost, images, killContainer } from "../../support/engine.ts";
import { sharedAgent } from "../../support/shared-agent.ts";
import { type Fault, Faults } from "./fault.ts";

const faults = new Faults("networks, names and mounts of a daemon");
const id = randomBytes(4).toString("hex");
const name = (role: string) => `longshore-test-${id}-${role}`;
/** What Docker makes of paths that the daemon's host doesn't have lies below it. */
const hostDirectory = join(tmpdir(), `longshore-test-${id}`);
const classic = `volumes = ["${engineHost.replace("unix://", "")}:/var/run/docker.sock"]`;
const { agent } = sharedAgent({
  runners: [
    { tag: "socket", hostBuilds: true, docker: '[runners.docker.daemon]\nwiring = "socket"\n' },
    { tag: "classic", docker: classic, settings: `builds_dir = "${hostDirectory}"` },
    { tag: "dind", docker: `[runners.docker.daemon]\nwiring = "dind"\nimage = "${images.dind}"\n` },
    { tag: "services", docker: "services_privileged = true" },
  ],
});

/** A process on the daemon's host with a port of its own. */
let listener: Server;
let port: number;
/** Its iptables says what it says on a kernel without the table. */
let tableless: BuiltImage;

beforeAll(async () => {
  listener = createServer();
  await new Promise<void>((resolve) => void listener.listen(0, "127.0.0.1", resolve));
  ({ port } = listener.address() as AddressInfo);
  const words =
    "iptables v1.8.9 (legacy): can't initialize iptables table `nat': Table does not exist (do you need to insmod?)";
  tableless = await buildImage(
    connectEngine(),
    `FROM ${images.dind}\nCOPY iptables /usr/local/sbin/iptables\nRUN chmod +x /usr/local/sbin/iptables\n`,
    { iptables: `#!/bin/sh\ncat >&2 <<'END'\n${words}\nEND\nexit 3\n` },
  );
});

afterAll(async () => {
  faults.report();
  const engine = connectEngine();
  await Promise.all(["taken", "port", "late"].map((role) => killContainer(engine, name(role)).catch(() => {})));
  await tableless[Symbol.asyncDispose]();
  await new Promise((resolve) => void listener.close(resolve));
  await rm(hostDirectory, { recursive: true, force: true });
});

const run = (options: string, command: string) => `docker run --rm ${options} ${images.tiny} ${command}`;
const asGitLabRunner = { LONGSHORE_DIND_AUTOWIRE: "false" };
/** A daemon of the job's own has no image: one that needs nothing. */
const ownImage = [
  "cp /bin/busybox .; printf 'FROM scratch\\nCOPY busybox /bin/\\n' >Dockerfile; docker build -q -t own .",
];
const smallPools = ["--tls=false", "--default-address-pool=base=10.213.0.0/26,size=28"];

const table: (Fault & { readonly of?: () => readonly string[] })[] = [
  {
    title: "a container's name that is taken on a shared daemon",
    rule: "container-name-taken",
    tag: "socket",
    script: Array.from({ length: 2 }, () => `docker create --name ${name("taken")} ${images.tiny} true`),
    says: new RegExp(`shared with other jobs.*"${name("taken")}"[^]*wiring = "dind"`),
  },
  {
    title: "the same on a daemon of the job's own",
    rule: "container-name-taken",
    tag: "dind",
    script: [...ownImage, "docker create --name db own true", "docker create --name db own true"],
    says: /docker rm -f db/,
  },
  {
    title: "a port of another container",
    rule: "port-taken",
    tag: "dind",
    script: [
      ...ownImage,
      "docker run -d -p 8080:80 own busybox sleep 60",
      "docker run --rm -p 8080:80 own busybox true",
    ],
    says: /port 8080 [^]*port is already allocated/,
  },
  {
    title: "a port of a process on the host",
    rule: "port-taken",
    tag: "socket",
    of: () => [run(`--name ${name("port")} -p 127.0.0.1:${port}:80`, "true")],
    says: /of the daemon's host [^]*address already in use/,
  },
  {
    title: "more networks than the pools of the job's daemon have",
    rule: "no-address-pool",
    tag: "services",
    services: [{ name: images.dind, alias: "docker", command: smallPools }],
    variables: { DOCKER_TLS_CERTDIR: "" },
    script: ["for n in 1 2 3 4 5; do docker network create n$n; done"],
    says: /in the job: services: .*--default-address-pool/,
  },
  {
    title: "a directory of the job's under a shared socket",
    rule: "empty-bind-mount",
    tag: "classic",
    variables: asGitLabRunner,
    script: ["echo content >file", run('-v "$CI_PROJECT_DIR":/src', "cat /src/file")],
    says: /is a path of the job's container; [^]*wiring = "socket"/,
  },
  {
    title: "what a container should have left in such a directory",
    rule: "empty-bind-mount",
    tag: "classic",
    variables: asGitLabRunner,
    script: [run("-v $PWD/reports:/reports", "sh -c 'echo ok >/reports/junit.xml'"), "cat reports/junit.xml"],
  },
  {
    title: "a --mount of such a directory",
    rule: "empty-bind-mount",
    tag: "classic",
    variables: asGitLabRunner,
    script: ["mkdir -p absent", run("--mount type=bind,source=$CI_PROJECT_DIR/absent,target=/src", "ls /src")],
    says: /bind source path does not exist/,
  },
  {
    title: "a file of the job's over one of the image",
    rule: "empty-bind-mount",
    tag: "classic",
    variables: asGitLabRunner,
    script: ["echo root >passwd", run("-v $CI_PROJECT_DIR/passwd:/etc/passwd", "cat /etc/passwd")],
    says: /passwd is a path of the job's container/,
  },
  {
    title: "a path that a daemon of the job's own does not see",
    rule: "empty-bind-mount",
    tag: "dind",
    script: [
      ...ownImage,
      "mkdir /data",
      "docker run --rm --mount type=bind,source=/data,target=/src own busybox ls /src",
    ],
    says: /looked for where the daemon runs[^]*CI_PROJECT_DIR/,
  },
];

describe.concurrent("what a daemon refuses", () => {
  it.each(table)("is explained: $title", async ({ of, ...fault }) => {
    await faults.prove(agent(), of === undefined ? fault : { ...fault, script: of() });
  });

  it("is explained: a firewall without the kernel's table", async () => {
    await faults.prove(agent(), {
      title: "iptables without its table",
      rule: "iptables-unusable",
      tag: "services",
      services: [{ name: tableless.name, alias: "docker" }],
      says: /Table does not exist[^]*modprobe/,
    });
  });
});
