import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type BuiltImage, buildImage } from "../../support/built-image.ts";
import { connectEngine, images } from "../../support/engine.ts";
import { sharedAgent } from "../../support/shared-agent.ts";

const documented = `privileged = true\nvolumes = ["/certs/client", "/cache"]`;
/** A volume that is the admin's. */
const certificates = `longshore-test-${randomBytes(4).toString("hex")}`;
const { agent } = sharedAgent({
  concurrent: 2,
  runners: [
    { tag: "documented", docker: documented },
    { tag: "services", docker: "services_privileged = true" },
    { tag: "unprivileged" },
    { tag: "mounted", docker: `privileged = true\nvolumes = ["${certificates}:/certs/client"]` },
    { tag: "unhelped", docker: `${documented}\nwait_for_services_timeout = 60` },
  ],
});

const dind = { name: images.dind, alias: "docker" };
/** What a job with a daemon of its own does with it. */
const work = [
  "docker info --format 'server {{.ServerVersion}}'",
  "cp /bin/busybox .",
  `printf 'FROM scratch\\nCOPY busybox /bin/busybox\\nENTRYPOINT ["/bin/busybox"]\\n' >Dockerfile`,
  "docker build -q -t built . >/dev/null",
  "docker run --rm built echo it runs",
  "echo mounted content >file",
  'docker run --rm -v "$CI_PROJECT_DIR":/src built cat /src/file',
];
const expectWorked = (log: string) => {
  expect(log).toMatch(/^server \d+/m);
  expect(log).toContain("\nit runs\n");
  expect(log).toContain("\nmounted content\n");
};
/** Set for the service as well, as variables of a job are. */
const settings = (values: Readonly<Record<string, string>>) => ({
  variables: Object.entries(values).map(([key, value]) => ({ key, value, public: true })),
});

/** Its daemon wouldn't start if it were told the same once more. */
let configured: BuiltImage;

beforeAll(async () => {
  const json = JSON.stringify({ mtu: 1300, "registry-mirrors": ["https://mirror.invalid"] }).replaceAll('"', '\\"');
  configured = await buildImage(
    connectEngine(),
    `FROM ${images.dind}\nRUN mkdir -p /etc/docker && echo "${json}" >/etc/docker/daemon.json\n`,
  );
});

afterAll(async () => {
  await configured[Symbol.asyncDispose]();
  await connectEngine().getVolume(certificates).remove();
});

describe.concurrent("a job that brings its own dind", () => {
  it("in GitLab's documented form with TLS uses certificates of its own", async () => {
    const script = [
      "echo at $DOCKER_HOST",
      ...work,
      "ls $DOCKER_CERT_PATH; docker -H tcp://docker:2375 version 2>&1 || true",
    ];
    const parts = settings({ DOCKER_TLS_CERTDIR: "/certs" });
    const { job, log } = await agent().run({ image: images.docker, services: [dind], script, parts }, "documented");
    expect(job.state).toBe("success");
    expectWorked(log);
    expect(log).toContain("\nat tcp://docker:2376\n");
    expect(log).toContain("DOCKER_HOST=tcp://docker:2376: the job does not say where its daemon is");
    expect(log).toContain("/certs/client: certificates made for this job");
    expect(log).toContain("\nca.pem\ncert.pem\nkey.pem\n");
  });

  it("in any image finds certificates that the admin mounted nothing for, under the name docker", async () => {
    const parts = { image: { name: images.docker, entrypoint: [""] } };
    const service = { name: configured.name };
    const { job, log } = await agent().run({ services: [service], script: work, parts }, "services");
    expect(job.state).toBe("success");
    expectWorked(log);
    expect(log).toContain("alias docker: ");
    expect(log).not.toContain("--mtu");
  });

  it("keeps to the certificates of its daemon where the admin has a volume for them", async () => {
    const parts = { image: { name: images.docker, entrypoint: [""] } };
    const { job, log } = await agent().run({ services: [dind], script: work, parts }, "mounted");
    expect(job.state).toBe("success");
    expectWorked(log);
    expect(log).toContain("DOCKER_TLS_VERIFY=1 DOCKER_CERT_PATH=/certs/client: the daemon speaks TLS");
    expect(log).not.toContain("certificates made for this job");
    await agent().cleanedUp(job);
  });

  it("speaks plain HTTP without dockerd's wait where DOCKER_TLS_CERTDIR is empty", async () => {
    const script = ["echo at $DOCKER_HOST", ...work];
    const parts = settings({ DOCKER_TLS_CERTDIR: "" });
    const { job, log } = await agent().run({ image: images.docker, services: [dind], script, parts }, "documented");
    expect(job.state).toBe("success");
    expectWorked(log);
    expect(log).toContain("\nat tcp://docker:2375\n");
    expect(log).toContain("--tls=false: plain TCP");
  });

  it("gets a daemon that speaks as its DOCKER_HOST on 2375 asks for", async () => {
    const parts = settings({ DOCKER_HOST: "tcp://docker:2375" });
    const { job, log } = await agent().run(
      { image: images.docker, services: [dind], script: work, parts },
      "documented",
    );
    expect(job.state).toBe("success");
    expectWorked(log);
    expect(log).toContain('DOCKER_TLS_CERTDIR="" for the daemon: the job\'s docker will speak plain HTTP');
  });

  it("gets TLS on 2375 where it asks for both", async () => {
    const parts = settings({ DOCKER_HOST: "tcp://docker:2375", DOCKER_TLS_CERTDIR: "/certs" });
    const { job, log } = await agent().run({ image: images.docker, services: [dind], script: work, parts }, "services");
    expect(job.state).toBe("success");
    expectWorked(log);
    expect(log).toContain("--host=tcp://0.0.0.0:2375: the port that the job's DOCKER_HOST names");
  });

  it("says who can make it privileged, and doesn't start the script without its daemon", async () => {
    const { job, log } = await agent().run(
      { image: images.docker, services: [dind], script: ["echo never"] },
      "unprivileged",
    );
    expect([job.state, job.failureReason]).toEqual(["failed", "runner_system_failure"]);
    expect(log).toMatch(/is not privileged: .*ask the runner's admin to set services_privileged = true/);
    expect(log).toMatch(/ERROR: .*the Docker daemon of this job .* did not start: it ended with exit code \d+/);
    expect(log).toMatch(/on the runner: .*services_privileged = true/);
    expect(log).not.toContain("never");
  });

  it("is left as it is with LONGSHORE_DIND_AUTOWIRE=false", async () => {
    const parts = settings({ LONGSHORE_DIND_AUTOWIRE: "false", DOCKER_TLS_CERTDIR: "/certs" });
    const script = [
      "echo at ${DOCKER_HOST:-nothing}",
      "docker info --format 'server {{.ServerVersion}}'",
      "ls /certs/client",
    ];
    const { job, log } = await agent().run({ image: images.docker, services: [dind], script, parts }, "unhelped");
    expect(job.state).toBe("success");
    expect(log).toContain("\nat tcp://docker:2376\n");
    expect(log).toContain("\ncsr.pem\n");
    expect(log).not.toContain("Docker daemon of this job");
  });
});
