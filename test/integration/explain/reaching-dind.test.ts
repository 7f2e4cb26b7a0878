import { randomBytes } from "node:crypto";
import { afterAll, describe, expect, it } from "vitest";
import { connectEngine, images } from "../../support/engine.ts";
import { findingsOf } from "../../support/findings.ts";
import { sharedAgent } from "../../support/shared-agent.ts";
import { type Fault, Faults } from "./fault.ts";

const faults = new Faults("a Docker daemon beside the job");
/** A data directory that two daemons get. */
const data = `longshore-test-${randomBytes(4).toString("hex")}`;
const sidecar = (lines: string) => `[runners.docker.daemon]\nwiring = "dind"\nimage = "${images.dind}"\n${lines}\n`;
const { agent } = sharedAgent({
  concurrent: 2,
  runners: [
    { tag: "unprivileged" },
    { tag: "privileged", docker: "services_privileged = true" },
    { tag: "certificates", docker: 'services_privileged = true\nvolumes = ["/certs/client", "/cache"]' },
    { tag: "hasty", docker: "services_privileged = true\nwait_for_services_timeout = -1" },
    { tag: "shared-data", docker: `services_privileged = true\nvolumes = ["${data}:/var/lib/docker"]` },
    { tag: "wrong-option", docker: sidecar('command = ["--no-such-option"]') },
    { tag: "wrong-driver", docker: sidecar('command = ["--storage-driver=zfs"]') },
  ],
});

afterAll(async () => {
  faults.report();
  // The last job's containers go with the agent, whose end is waited for by then.
  await connectEngine().getVolume(data).remove();
});

const dind = (...command: string[]) => ({
  name: images.dind,
  alias: "docker",
  ...(command.length > 0 ? { command } : {}),
});
/** As GitLab Runner would leave it. */
const alone = { LONGSHORE_DIND_AUTOWIRE: "false" };
const tls = { ...alone, DOCKER_TLS_CERTDIR: "/certs" };
const plain = { ...alone, DOCKER_TLS_CERTDIR: "" };
const at = (port: number) => ({ DOCKER_HOST: `tcp://docker:${port}` });

const table: Fault[] = [
  {
    title: "a dind without privileges",
    rule: "dind-not-privileged",
    tag: "unprivileged",
    services: [dind()],
    says: /services_privileged = true/,
  },
  {
    title: "the same, left alone",
    rule: "dind-not-privileged",
    tag: "unprivileged",
    services: [dind()],
    variables: { ...tls, ...at(2376) },
    says: /Permission denied \(you must be root\)/,
  },
  {
    title: "an option that dockerd doesn't know",
    rule: "dind-died",
    tag: "privileged",
    services: [dind("--no-such-option")],
    says: /exit code 1: its command has an option/,
  },
  {
    title: "the same, left alone",
    rule: "dind-died",
    tag: "privileged",
    services: [dind("--no-such-option")],
    variables: { ...tls, ...at(2376) },
    says: /seen: Status: unknown flag: --no-such-option/,
  },
  {
    title: "TLS without certificates for the daemon",
    rule: "dind-died",
    tag: "privileged",
    services: [dind("--tlsverify")],
    variables: { ...plain, ...at(2375) },
    says: /told to use TLS and has no certificates/,
  },
  {
    title: "a sidecar with such an option",
    rule: "dind-died",
    tag: "wrong-option",
    says: /\[runners\.docker\.daemon\]/,
  },
  {
    title: "a storage driver that isn't there",
    rule: "dind-storage-driver",
    tag: "privileged",
    services: [dind("--storage-driver=zfs")],
    says: /--storage-driver from the service's command/,
  },
  {
    title: "a sidecar with such a driver",
    rule: "dind-storage-driver",
    tag: "wrong-driver",
    says: /\[runners\.docker\.daemon\]/,
  },
  {
    title: "two daemons on one data directory",
    rule: "dind-data-in-use",
    tag: "shared-data",
    services: [dind(), { name: images.dind, alias: "second" }],
    script: ["docker -H tcp://second:2376 info"],
    says: /same data directory/,
  },
  {
    title: "plain HTTP to TLS",
    rule: "http-to-https-daemon",
    tag: "privileged",
    services: [dind()],
    variables: { ...tls, ...at(2376) },
    says: /DOCKER_TLS_VERIFY is not set/,
  },
  {
    title: "DOCKER_TLS_VERIFY taken away, with autowiring",
    rule: "http-to-https-daemon",
    tag: "privileged",
    services: [dind()],
    script: ["unset DOCKER_TLS_VERIFY DOCKER_CERT_PATH; docker info"],
  },
  {
    title: "TLS to plain HTTP",
    rule: "https-to-http-daemon",
    tag: "privileged",
    services: [dind("--tls=false")],
    variables: { ...plain, ...at(2375) },
    script: [
      "mkdir own; openssl req -x509 -newkey rsa:2048 -nodes -keyout own/key.pem -out own/ca.pem -subj /CN=x 2>&1; cp own/ca.pem own/cert.pem",
      "DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=$PWD/own docker info",
    ],
  },
  {
    title: "no certificates, as the daemon has no TLS",
    rule: "client-certificate-missing",
    tag: "privileged",
    services: [dind("--tls=false")],
    variables: { ...plain, ...at(2375), DOCKER_TLS_VERIFY: "1", DOCKER_CERT_PATH: "/certs/client" },
    says: /its daemon has no TLS/,
  },
  {
    title: "2375 where 2376 is meant",
    rule: "daemon-on-other-port",
    tag: "certificates",
    services: [dind()],
    variables: { ...tls, ...at(2375) },
    says: /listens on port 2376, with TLS/,
  },
  {
    title: "2376 where 2375 is meant",
    rule: "daemon-on-other-port",
    tag: "privileged",
    services: [dind("--tls=false")],
    variables: { ...plain, ...at(2376) },
    says: /listens on port 2375, without TLS/,
  },
  {
    title: "a daemon that nobody told docker of",
    rule: "docker-host-unset",
    tag: "privileged",
    services: [dind("--tls=false")],
    variables: plain,
    script: ["unset DOCKER_HOST; docker info"],
    says: /DOCKER_HOST: "tcp:\/\/docker:2375"/,
  },
  {
    title: "a daemon under another name",
    rule: "daemon-name-unknown",
    tag: "privileged",
    services: [{ name: images.dind, alias: "engine", command: ["--tls=false"] }],
    variables: { ...plain, ...at(2375) },
    says: /is called .*engine.*alias: docker/s,
  },
  {
    title: "a daemon that waits 15 s",
    rule: "daemon-not-ready",
    tag: "hasty",
    services: [dind()],
    variables: { ...plain, ...at(2375) },
    says: /still starting/,
  },
];

describe.concurrent("a job whose own daemon has a fault is told why:", () => {
  it.each(table)("$title", (fault) => faults.prove(agent(), fault));

  it("dockerd's wait on plain TCP is told of a job that succeeds", async () => {
    const list = Object.entries({ ...plain, ...at(2375) }).map(([key, value]) => ({ key, value, public: true }));
    const script = ["until docker info >/dev/null 2>&1; do sleep 0.2; done"];
    const parts = { variables: list, services: [dind()] };
    const { job, log } = await agent().run({ image: images.docker, script, parts }, "privileged");
    expect(job.state).toBe("success");
    expect(findingsOf(log)).toEqual(["plain-tcp-wait"]);
  });
});
