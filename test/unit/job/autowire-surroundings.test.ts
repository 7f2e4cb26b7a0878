import { describe, expect, it } from "vitest";
import { planVariable } from "../../../src/executor/plan-variable.ts";
import { certificateNames } from "../../../src/job/own-dind.ts";
import { autowireForm, dindsOf, planOf } from "./autowire-scene.ts";
import { dindImage, dockerImage } from "./dind-model.ts";

describe("what surrounds a dind", () => {
  it("is handed to it: MTU, mirrors, dns", () => {
    const form = {
      mtu: 1400,
      surroundings: { registryMirrors: ["https://mirror.test/"] },
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

  it("holds for the network of one without root, too", () => {
    const rootless = { mtu: 1400, dind: { ...dindImage, user: "rootless" } };
    expect(autowireForm(rootless).plan.services[0]?.container.env).toContain("DOCKERD_ROOTLESS_ROOTLESSKIT_MTU=1400");
    const own = { ...rootless, variables: { DOCKERD_ROOTLESS_ROOTLESSKIT_MTU: "1300" } };
    expect(autowireForm(own).plan.services[0]?.container.env.join()).not.toContain("MTU=1400");
    expect(autowireForm({ mtu: 1400 }).plan.services[0]?.container.env.join()).not.toContain("ROOTLESSKIT");
  });

  it("is left to the user's arguments and to the daemon's configuration file where they speak of it", () => {
    const wish = { mtu: 1400, surroundings: { registryMirrors: ["https://mirror.test/"] } };
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
    const build = { ...dockerImage, env: [...dockerImage.env, "no_proxy=internal"] };
    expect(planVariable(autowireForm({ ...proxied, build }).plan, "no_proxy")).toBe("internal,docker");
  });
});

describe("what the daemon that runs the job has", () => {
  const surroundings = {
    registryMirrors: ["http://localhost:5000/", "https://mirror.test/"],
    insecureRegistries: ["registry.test:5000", "127.0.0.1:5000"],
    proxy: { HTTPS_PROXY: "http://proxy.test:3128", HTTP_PROXY: "http://127.0.0.1:3128", NO_PROXY: "registry.test" },
  };
  const docker = 'privileged = true\ndns_search = ["inner.test"]\n[runners.docker.ulimit]\nnofile = "1024:4096"\n';

  it("is carried over, but for what lies on its host's loopback", () => {
    const { plan, report } = autowireForm({ docker, surroundings });
    const [service] = plan.services;
    expect(service?.container.command).toEqual([
      "--registry-mirror=https://mirror.test/",
      "--insecure-registry=registry.test:5000",
      "--dns-search=inner.test",
      "--default-ulimit=nofile=1024:4096",
    ]);
    expect(service?.container.env).toContain("HTTPS_PROXY=http://proxy.test:3128");
    expect(service?.container.env).toContain("NO_PROXY=registry.test");
    expect(service?.container.env.join()).not.toContain("HTTP_PROXY=http://127");
    expect(report.join("\n")).toContain("HTTPS_PROXY NO_PROXY for the daemon: the proxy of");
    expect(report.join("\n")).not.toContain("proxy.test");
  });

  it("is no proxy for a daemon that has one, nor one whose password nobody knows", () => {
    const own = { services: [{ name: "docker:dind", variables: { https_proxy: "http://own.test" } }], surroundings };
    expect(autowireForm(own).plan.services[0]?.container.env.join()).not.toContain("proxy.test:3128");
    const hidden = { surroundings: { proxy: { HTTPS_PROXY: "http://xxxxx:xxxxx@proxy.test:3128" } } };
    expect(autowireForm(hidden).plan.services[0]?.container.env.join()).not.toContain("proxy.test");
  });

  it("does not stand between a daemon and a service beside it", () => {
    const services = [{ name: "docker:dind" }, { name: "registry:2", alias: "hub" }];
    const env = autowireForm({ services, surroundings }).plan.services[0]?.container.env ?? [];
    expect(env).toContain("NO_PROXY=registry.test,registry,hub");
    const own = { services, variables: { HTTPS_PROXY: "http://own.test" } };
    const behindOwn = autowireForm(own).plan.services[0]?.container.env ?? [];
    expect(behindOwn).toContain("no_proxy=registry,hub");
    const told = autowireForm({ services, variables: { ...own.variables, no_proxy: "own" } });
    expect(told.plan.services[0]?.container.env.join()).not.toContain("hub");
  });

  it("is left to the user's arguments and to the daemon's configuration file", () => {
    const command = ["--insecure-registry=own.test", "--default-ulimit=nofile=1:1"];
    const byCommand = autowireForm({ docker, surroundings, services: [{ name: "docker:dind", command }] });
    expect(byCommand.plan.services[0]?.container.command).toEqual([
      ...command,
      "--registry-mirror=https://mirror.test/",
      "--dns-search=inner.test",
    ]);
    const configured = ["insecure-registries", "registry-mirrors", "dns-search", "default-ulimits"];
    expect(autowireForm({ docker, surroundings, configured }).plan.services[0]?.container.command).toBeNull();
  });
});

describe("on a network that other jobs use, too", () => {
  const docker = 'privileged = true\nnetwork_mode = "ci-net"';

  it("the job's docker calls its daemon by a name that no other job's has", () => {
    const { plan } = autowireForm({ docker });
    expect(planVariable(plan, "DOCKER_HOST")).toBe("tcp://docker-0a1b2c3d:2376");
    expect(plan.services[0]?.container.aliases).toEqual(["docker", "docker-0a1b2c3d"]);
    expect(plan.services[0]?.readiness).toMatchObject({ host: "docker-0a1b2c3d" });
    expect(certificateNames(dindsOf(plan, { docker }), "0a1b2c3d")).toContain("docker-0a1b2c3d");
  });

  it("a dind by another name is not called docker there", () => {
    const { plan } = autowireForm({ docker, services: [{ name: "registry.test/my-dind" }] });
    expect(plan.services[0]?.container.aliases).not.toContain("docker");
    expect(plan.services[0]?.container.aliases).toContain("docker-0a1b2c3d");
  });

  it("the name that the job says stands", () => {
    const { plan } = autowireForm({ docker, variables: { DOCKER_HOST: "tcp://docker:2376" } });
    expect(planVariable(plan, "DOCKER_HOST")).toBe("tcp://docker:2376");
    expect(plan.services[0]?.readiness).toMatchObject({ host: "docker" });
  });
});
