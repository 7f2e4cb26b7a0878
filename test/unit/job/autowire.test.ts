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

describe("what surrounds a dind", () => {
  it("is handed to it: MTU, mirrors, dns", () => {
    const form = {
      mtu: 1400,
      registryMirrors: ["https://mirror.test/"],
      docker: 'privileged = true\ndns = ["10.0.0.2"]',
    };
    const [service] = autowireForm(form).plan.services;
    expect(service?.container.command).toEqual([
      "--mtu=1400",
      "--registry-mirror=https://mirror.test/",
      "--dns=10.0.0.2",
    ]);
  });

  it("holds for networks that are made in it where its release knows how", () => {
    const dind = { ...dindImage, env: ["DOCKER_VERSION=28.4.0", "DOCKER_TLS_CERTDIR=/certs"] };
    const [service] = autowireForm({ mtu: 1400, dind }).plan.services;
    expect(service?.container.command).toContain("--default-network-opt=bridge=com.docker.network.driver.mtu=1400");
  });

  it("is left to the user's arguments and to the daemon's configuration file where they speak of it", () => {
    const wish = { mtu: 1400, registryMirrors: ["https://mirror.test/"] };
    const own = ["--mtu", "1300", "--registry-mirror=https://own.test/"];
    const byCommand = autowireForm({ ...wish, services: [{ name: "docker:dind", command: own }] });
    expect(byCommand.plan.services[0]?.container.command).toEqual(own);
    const byFile = autowireForm({ ...wish, configured: ["mtu", "registry-mirrors"] });
    expect(byFile.plan.services[0]?.container.command).toBeNull();
  });

  it("has the job's files below /tmp in sight", () => {
    const form = { docker: "privileged = true", tables: "" };
    const plan = planOf(form);
    const below = plan.services.map((service) => ({
      ...service,
      container: { ...service.container, binds: ["builds:/tmp/builds"] },
    }));
    expect(autowireForm(form, { ...plan, services: below }).plan.services[0]?.container.host.tmpfs).toEqual({
      "/tmp": "exec",
    });
  });

  it("tells a client behind a proxy not to look for it there, unless somebody has said where not to", () => {
    const proxied = { variables: { HTTPS_PROXY: "http://proxy.test:3128" } };
    expect(planVariable(autowireForm(proxied).plan, "no_proxy")).toBe("docker");
    const told = { variables: { ...proxied.variables, NO_PROXY: "internal" } };
    expect(planVariable(autowireForm(told).plan, "no_proxy")).toBe("");
  });
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
