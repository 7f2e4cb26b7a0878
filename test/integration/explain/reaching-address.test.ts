import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";
import { startTestCoordinator, type TestCoordinator } from "../../support/coordinator.ts";
import { connectEngine, engineHost, hostAddress, images } from "../../support/engine.ts";
import { type Fault, Faults } from "./fault.ts";

const faults = new Faults("reaching a daemon's address");
const socket = engineHost.replace("unix://", "");
let directory: string;
let coordinator: TestCoordinator;
let agent: TestAgent;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
  const address = await hostAddress(connectEngine());
  coordinator = await startTestCoordinator({ listen: [`${address}:0`] });
  const dead = join(directory, "docker.sock");
  await leaveDeadSocket(dead);
  const tcp = (lines: string) => `wait_for_services_timeout = 2\n[runners.docker.daemon]\nwiring = "tcp"\n${lines}\n`;
  agent = await startTestAgent({
    coordinator,
    runners: [
      { tag: "nothing" },
      { tag: "no-names", docker: 'privileged = true\nnetwork_mode = "none"\nwait_for_services_timeout = -1' },
      { tag: "classic-socket", docker: `volumes = ["${socket}:/var/run/docker.sock"]` },
      { tag: "dead-socket", docker: `volumes = ["${dead}:/var/run/docker.sock"]` },
      { tag: "socket", hostBuilds: true, docker: '[runners.docker.daemon]\nwiring = "socket"\n' },
      { tag: "nobody", docker: tcp(`address = "tcp://${address}:9"`) },
    ],
  });
});

afterAll(async () => {
  faults.report();
  await agent[Symbol.asyncDispose]();
  await coordinator[Symbol.asyncDispose]();
  await rm(directory, { recursive: true, force: true });
});

/** A socket whose daemon is gone without a farewell. */
async function leaveDeadSocket(path: string): Promise<void> {
  const server = createServer();
  const listening = Promise.withResolvers<void>();
  server.listen(`${path}.real`, listening.resolve);
  await listening.promise;
  // Closing removes the path that was listened on, and no other link to it.
  const { link } = await import("node:fs/promises");
  await link(`${path}.real`, path);
  const closed = Promise.withResolvers<void>();
  server.close(() => closed.resolve());
  await closed.promise;
}

const bare = "unset DOCKER_HOST";
const table: Fault[] = [
  {
    title: "docker where there is no daemon at all",
    rule: "daemon-name-unknown",
    tag: "nothing",
    says: /services: \[docker:dind\]/,
  },
  {
    title: "a DOCKER_HOST of nobody's",
    rule: "daemon-name-unknown",
    tag: "nothing",
    variables: { DOCKER_HOST: "tcp://daemon.invalid:2376" },
    says: /called daemon\.invalid/,
  },
  {
    title: "a network without names",
    rule: "daemon-name-unknown",
    tag: "no-names",
    services: [{ name: images.dind, alias: "docker", command: ["--tls=false", "--iptables=false", "--bridge=none"] }],
    variables: { DOCKER_TLS_CERTDIR: "" },
    says: /network_mode/,
  },
  {
    title: "no socket and no service",
    rule: "no-docker-daemon",
    tag: "nothing",
    script: [`${bare}; docker info`],
    says: /wiring = "dind".*wiring = "socket"/,
  },
  {
    title: "the same in a script of the author's",
    rule: "no-docker-daemon",
    tag: "nothing",
    script: [`printf '${bare}\\necho building\\ndocker build -q .\\n' >ci.sh`, "touch Dockerfile; sh -e ci.sh"],
  },
  {
    title: "a daemon in the job's own container",
    rule: "nothing-listens",
    tag: "nothing",
    variables: { DOCKER_HOST: "tcp://localhost:2375" },
    says: /own container/,
  },
  {
    title: "a socket without a daemon",
    rule: "docker-socket-dead",
    tag: "dead-socket",
    says: /docker\.sock of the daemon's host/,
  },
  {
    title: "a socket, and a user who may not use it",
    rule: "docker-socket-denied",
    tag: "classic-socket",
    script: ["setpriv --reuid=1000 --regid=1000 --clear-groups docker info"],
    says: /another user than root/,
  },
  {
    title: "the same with the runner's wiring",
    rule: "docker-socket-denied",
    tag: "socket",
    script: ["setpriv --reuid=1000 --regid=1000 --clear-groups docker info"],
  },
  {
    title: "an API that the daemon left behind",
    rule: "client-api-too-old",
    tag: "socket",
    variables: { DOCKER_API_VERSION: "1.10" },
    says: /DOCKER_API_VERSION pins it/,
  },
  {
    title: "an API that the daemon doesn't know yet",
    rule: "daemon-api-too-old",
    tag: "socket",
    variables: { DOCKER_API_VERSION: "1.99" },
    says: /DOCKER_API_VERSION pins it/,
  },
  {
    title: "TLS without certificates",
    rule: "client-certificate-missing",
    tag: "nothing",
    variables: { DOCKER_HOST: "tcp://docker:2376", DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/certs/client" },
    says: /nothing is mounted there/,
  },
  {
    title: "a daemon elsewhere that isn't there",
    rule: "remote-daemon-unreachable",
    tag: "nobody",
    says: /\[runners\.docker\.daemon\]/,
  },
];

describe.concurrent("a job that doesn't reach a Docker daemon is told why:", () => {
  it.each(table)("$title", (fault) => faults.prove(agent, fault));
});
