import { describe, expect, it, test } from "vitest";
import { mayAutowire } from "../../../src/job/autowire.ts";
import { planVariable } from "../../../src/executor/plan-variable.ts";
import { autowireForm, planOf } from "./autowire-scene.ts";
import { dindImage, otherImage } from "./dind-model.ts";

const withVolume = 'privileged = true\nvolumes = ["/certs/client", "/cache"]';

test("services that are no dinds, and jobs without services, stay as they are", () => {
  const form = { services: [{ name: "postgres:16" }, { name: "quay.io/podman/stable" }] };
  const plan = planOf(form);
  const wired = autowireForm(form, plan);
  expect(wired.plan).toEqual(plan);
  expect(wired.report).toEqual([]);
  expect(mayAutowire(planOf({ services: [] }))).toBe(false);
});

test("nothing is looked at where LONGSHORE_DIND_AUTOWIRE is false, or names are not found", () => {
  expect(mayAutowire(planOf({}))).toBe(true);
  expect(mayAutowire(planOf({ variables: { LONGSHORE_DIND_AUTOWIRE: "False" } }))).toBe(false);
  expect(mayAutowire(planOf({ docker: 'network_mode = "host"' }))).toBe(false);
  expect(mayAutowire(planOf({ docker: 'network_mode = "ci-net"' }))).toBe(true);
});

describe("certificates", () => {
  it("are the agent's, in volumes that go with the job, and not those of an earlier job", () => {
    const { plan } = autowireForm({ docker: withVolume });
    const kept = plan.volumes.find((volume) => volume.destination === "/certs/client" && !volume.temporary);
    const made = plan.volumes.filter(({ name }) => name.includes("-dind-"));
    expect(made.map(({ destination, temporary }) => [destination, temporary])).toEqual([
      ["/certs", true],
      ["/certs/client", true],
    ]);
    expect(made[0]?.labels).toMatchObject({ "dev.longshore.agent": "a", "dev.longshore.job": "4711" });
    const binds = [...plan.build.binds, ...(plan.services[0]?.container.binds ?? [])].map((bind) => bind.split(":")[0]);
    expect(binds).not.toContain(kept?.name);
    expect(plan.seeds.flatMap(({ files }) => files.map(({ path }) => path))).toEqual([
      "ca/cert.pem",
      "server/ca.pem",
      "server/cert.pem",
      "server/key.pem",
      "ca.pem",
      "cert.pem",
      "key.pem",
    ]);
  });

  it("stay the entrypoint's where the admin has mounted a directory of the host's for them", () => {
    const { plan, report } = autowireForm({
      docker: 'privileged = true\nvolumes = ["/srv/certs:/certs/client"]',
      build: otherImage,
    });
    expect(plan.seeds).toEqual([]);
    expect(plan.services[0]?.readiness).toMatchObject({ kind: "docker-api", tls: true, certificates: null });
    expect(planVariable(plan, "DOCKER_CERT_PATH")).toBe("/certs/client");
    expect(report.join("\n")).not.toContain("certificates made");
  });

  it("can be read by a daemon that isn't root", () => {
    const { plan } = autowireForm({ dind: { ...dindImage, user: "rootless" } });
    expect(plan.seeds[0]?.files.find(({ path }) => path === "server/key.pem")?.mode).toBe(0o644);
  });
});

describe("the admin's word", () => {
  it("on privilege stands, and the log says what is missing and from whom", () => {
    const { plan, report } = autowireForm({ docker: "" });
    expect(plan.services[0]?.container.host.privileged).toBe(false);
    expect(report.join("\n")).toMatch(
      /docker:dind is not privileged: .*runner's admin to set services_privileged = true/,
    );
    expect(plan.services[0]?.readiness).toMatchObject({
      hint: expect.stringContaining("services_privileged = true") as string,
    });
  });

  it("may be another runtime, which needs no privilege", () => {
    expect(autowireForm({ docker: 'runtime = "sysbox-runc"' }).report.join("\n")).not.toContain("privileged");
  });

  it("on the daemon's socket stands: a client that finds one doesn't talk to the service", () => {
    const form = { docker: 'privileged = true\nvolumes = ["/var/run/docker.sock:/var/run/docker.sock"]' };
    const { plan } = autowireForm(form);
    expect(planVariable(plan, "DOCKER_HOST")).toBe("");
    expect(plan.services[0]?.readiness.kind).toBe("ports");
  });
});

test("an empty DOCKER_HOST says nothing, and the log says what was set in its place", () => {
  const { plan, report } = autowireForm({ variables: { DOCKER_HOST: "" } });
  for (const env of [plan.environment, plan.build.env])
    expect(env.filter((entry) => entry.startsWith("DOCKER_HOST="))).toEqual(["DOCKER_HOST=tcp://docker:2376"]);
  expect(report.join("\n")).toContain("DOCKER_HOST=tcp://docker:2376: the job does not say where its daemon is");
});

describe("what the user has set", () => {
  it.each([
    [{ DOCKER_HOST: "tcp://elsewhere.example:2376" }],
    [{ DOCKER_HOST: "unix:///run/user/1000/docker.sock" }],
    [{ DOCKER_HOST: "tcp://localhost:2375" }],
  ])("may lead elsewhere: %j is left alone, and no dind of the job ends it", (variables) => {
    const { plan } = autowireForm({ variables });
    expect(plan.services[0]?.readiness.kind).toBe("ports");
    expect(plan.environment.filter((entry) => entry.startsWith("DOCKER_"))).toEqual([
      `DOCKER_HOST=${variables.DOCKER_HOST}`,
    ]);
    expect(plan.seeds).toEqual([]);
  });

  it.each([
    [
      { DOCKER_TLS_CERTDIR: "", DOCKER_TLS_VERIFY: "1" },
      'DOCKER_TLS_VERIFY="1" stays, but: the daemon speaks plain HTTP',
    ],
    [{ DOCKER_TLS_CERTDIR: "/certs", DOCKER_TLS_VERIFY: "" }, 'DOCKER_TLS_VERIFY="" stays, but: the daemon speaks TLS'],
    [{ DOCKER_CERT_PATH: "/root/.docker" }, "the client's certificates are in /certs/client"],
  ])("and can't work is named: %j", (variables, line) => {
    expect(autowireForm({ variables }).report.join("\n")).toContain(line);
  });

  it("for a client without a word on TLS is not led on by a path: docker's image knows better", () => {
    const { plan } = autowireForm({
      variables: { DOCKER_TLS_VERIFY: "" },
      services: [{ name: "docker:dind", variables: { DOCKER_TLS_CERTDIR: "/certs" } }],
    });
    expect(planVariable(plan, "DOCKER_CERT_PATH")).toBe("");
  });

  it("as an entrypoint hides what the image is", () => {
    const services = [{ name: "docker:dind", entrypoint: ["sh", "-c", "dockerd-entrypoint.sh --tls=false"] }];
    expect(autowireForm({ services }).report).toEqual([]);
  });
});
