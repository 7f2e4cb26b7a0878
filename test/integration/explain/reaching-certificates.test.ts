import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:https";
import { createServer as createPlainServer } from "node:http";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, it } from "vitest";
import { type DaemonCertificates, issueDaemonCertificates } from "../../../src/daemon/certificates.ts";
import { startTestAgent, type TestAgent } from "../../support/agent.ts";
import { startTestCoordinator, type TestCoordinator } from "../../support/coordinator.ts";
import { connectEngine, hostAddress, images } from "../../support/engine.ts";
import { type Fault, Faults } from "./fault.ts";

const faults = new Faults("certificates of a daemon");
const hour = 3_600_000;
const servers: Server[] = [];
let directory: string;
let coordinator: TestCoordinator;
let agent: TestAgent;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "longshore-test-"));
  const address = await hostAddress(connectEngine());
  const now = Date.now();
  const good = await writeSet("good", await issueDaemonCertificates(["docker", address], now, hour));
  const expired = await writeSet("expired", await issueDaemonCertificates(["docker", address], now - 50 * hour, hour));
  await writeSet("early", await issueDaemonCertificates(["docker"], now + 50 * hour, hour));
  const renamed = await writeSet("renamed", await issueDaemonCertificates(["daemon.test"], now, hour));
  const other = await issueDaemonCertificates(["docker"], now, hour);
  await writeSet("other", other);
  // Knows the daemon, and shows it the certificate of another authority.
  await writeSet("stranger", { ...other, client: { ...other.client, ca: good.client.ca } });
  const at = async (server: Server) => `tcp://${address}:${await listen(server, address)}`;
  const elsewhere = async (set: DaemonCertificates) =>
    at(createServer({ ...set.server }, (_, answer) => answer.end("OK")));
  const tcp = (daemon: string, certificates: string) =>
    `wait_for_services_timeout = 2\n[runners.docker.daemon]\nwiring = "tcp"\naddress = "${daemon}"\ntls_verify = true\ntls_cert_path = "${join(directory, certificates, "client")}"\n`;
  coordinator = await startTestCoordinator({ listen: [`${address}:0`] });
  agent = await startTestAgent({
    coordinator,
    runners: [
      { tag: "dind", docker: `services_privileged = true\nvolumes = ["${directory}:/tls:ro"]` },
      { tag: "tcp-expired", docker: tcp(await elsewhere(expired), "expired") },
      { tag: "tcp-renamed", docker: tcp(await elsewhere(renamed), "renamed") },
      { tag: "tcp-other", docker: tcp(await elsewhere(good), "other") },
      { tag: "tcp-plain", docker: tcp(await at(createPlainServer((_, answer) => answer.end("OK"))), "good") },
    ],
  });
});

afterAll(async () => {
  faults.report();
  await agent[Symbol.asyncDispose]();
  await coordinator[Symbol.asyncDispose]();
  for (const server of servers) server.close();
  await rm(directory, { recursive: true, force: true });
});

async function listen(server: Server, address: string): Promise<number> {
  servers.push(server);
  const listening = Promise.withResolvers<void>();
  server.listen(0, address, listening.resolve);
  await listening.promise;
  return (server.address() as AddressInfo).port;
}

/** The files of a daemon and its client below a directory of this name. */
async function writeSet(name: string, set: DaemonCertificates): Promise<DaemonCertificates> {
  for (const side of ["server", "client"] as const) {
    const { ca, cert, key } = set[side];
    const folder = join(directory, name, side);
    await mkdir(folder, { recursive: true });
    for (const [file, text] of Object.entries({ ca, cert, key })) await writeFile(join(folder, `${file}.pem`), text);
  }
  return set;
}

/** A dind that has been given its certificates, and a job that has been given the client's. */
function given(server: string, certPath: string): Pick<Fault, "tag" | "services" | "variables"> {
  const file = (name: string) => `/tls/${server}/server/${name}.pem`;
  const command = [
    "dockerd",
    "--host=unix:///var/run/docker.sock",
    "--host=tcp://0.0.0.0:2376",
    "--tlsverify",
    `--tlscacert=${file("ca")}`,
    `--tlscert=${file("cert")}`,
    `--tlskey=${file("key")}`,
  ];
  return {
    tag: "dind",
    services: [{ name: images.dind, alias: "docker", command }],
    variables: {
      LONGSHORE_DIND_AUTOWIRE: "false",
      DOCKER_TLS_CERTDIR: "",
      DOCKER_HOST: "tcp://docker:2376",
      DOCKER_CERT_PATH: certPath,
    },
  };
}

const verify = ["DOCKER_TLS_VERIFY=1 docker info"];
const table: Fault[] = [
  {
    title: "expired",
    rule: "daemon-certificate-expired",
    ...given("expired", "/tls/expired/client"),
    script: verify,
    says: /has expired \(valid until/,
  },
  {
    title: "of tomorrow",
    rule: "daemon-certificate-expired",
    ...given("early", "/tls/early/client"),
    script: verify,
    says: /is not valid yet \(valid from/,
  },
  {
    title: "for another name",
    rule: "daemon-certificate-name",
    ...given("renamed", "/tls/renamed/client"),
    script: verify,
    says: /docker calls its daemon docker.*DOCKER_TLS_SAN: "DNS:docker"/s,
  },
  {
    title: "of another authority than those that a mount holds",
    rule: "stale-certificate-volume",
    ...given("good", "/tls/other/client"),
    script: verify,
    says: /they lie in \//,
  },
  {
    title: "of another authority than those that the script brings",
    rule: "daemon-certificate-authority",
    ...given("good", "mine"),
    script: ["cp -r /tls/other/client mine", ...verify],
  },
  {
    title: "asked of a client that has one of another authority",
    rule: "client-certificate-refused",
    ...given("good", "/tls/stranger/client"),
    script: verify,
    says: /seen: .*TLS handshake error/,
  },
  {
    title: "asked of a client, not where it looks",
    rule: "client-certificate-missing",
    ...given("good", "/tls/nowhere/client"),
    script: verify,
    says: /what is mounted there holds none/,
  },
  {
    title: "expired, of a daemon elsewhere",
    rule: "daemon-certificate-expired",
    tag: "tcp-expired",
    says: /tls_cert_path/,
  },
  {
    title: "for another name, of a daemon elsewhere",
    rule: "daemon-certificate-name",
    tag: "tcp-renamed",
    says: /set address to a name/,
  },
  {
    title: "of another authority, of a daemon elsewhere",
    rule: "daemon-certificate-authority",
    tag: "tcp-other",
    says: /tls_cert_path/,
  },
  {
    title: "that nobody has, as the daemon elsewhere speaks plain HTTP",
    rule: "https-to-http-daemon",
    tag: "tcp-plain",
    says: /tls_verify = false/,
  },
];

describe.concurrent("a job is told of certificates", () => {
  it.each(table)("$title", (fault) => faults.prove(agent, fault));
});
