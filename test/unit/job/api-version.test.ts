import { describe, expect, it } from "vitest";
import { planVariable } from "../../../src/executor/plan-variable.ts";
import { agreedApi, apiOfRelease } from "../../../src/job/api-version.ts";
import { agreeOnApi } from "../../../src/job/runners-daemon.ts";
import { sidecarOfImage } from "../../../src/job/plan-sidecar.ts";
import { autowireForm, planOf } from "./autowire-scene.ts";
import { dindImage, dockerImage, otherImage } from "./dind-model.ts";

const modern = { oldest: "1.44", newest: "1.52" };
const old = { oldest: "1.12", newest: "1.41" };
const clientOf = (version: string) => ({ ...dockerImage, env: [`DOCKER_VERSION=${version}`] });

describe("a docker and a daemon", () => {
  it.each([
    ["24.0.9", modern, "1.44"],
    ["20.10.24", modern, "1.44"],
    ["17.03.2-ce", modern, "1.44"],
    ["29.1.0", old, "1.41"],
  ])("of which one is too old for the other agree on what the daemon speaks: docker %s, %j", (client, daemon, api) => {
    expect(agreedApi(client, daemon)).toBe(api);
  });

  it.each([
    ["25.0.0", modern],
    ["29.0.0", modern],
    ["28.4.0", old],
    ["19.03.15", old],
    ["", modern],
    ["latest", modern],
    ["20.10.24", { oldest: "", newest: "" }],
  ])("that agree by themselves, or of which nothing is known, are left alone: docker %s, %j", (client, daemon) => {
    expect(agreedApi(client, daemon)).toBe("");
  });

  it("are known by their release", () => {
    expect(apiOfRelease("29.4.3")).toEqual(modern);
    expect(apiOfRelease("27.5.1")).toEqual({ oldest: "1.24", newest: "1.47" });
    expect(apiOfRelease("20.10.24")).toEqual(old);
    expect(apiOfRelease("")).toEqual({ oldest: "", newest: "" });
  });
});

describe("a job under the runner's daemon", () => {
  const docker = 'volumes = ["/var/run/docker.sock:/var/run/docker.sock"]';
  const agreed = (variables: Readonly<Record<string, string>>, lines = docker) =>
    agreeOnApi(planOf({ docker: lines, services: [], variables }), clientOf("20.10.24"), modern);

  it("whose docker is too old for it is told which API it takes, and the log says so", () => {
    const { build, line } = agreed({});
    expect(build.env).toContain("DOCKER_API_VERSION=1.44");
    expect(line).toMatch(/^DOCKER_API_VERSION=1\.44: docker 20\.10\.24 /);
  });

  it.each([
    [{ DOCKER_API_VERSION: "1.40" }, docker],
    [{ DOCKER_HOST: "tcp://elsewhere.test:2375" }, docker],
    [{ LONGSHORE_DIND_AUTOWIRE: "false" }, docker],
    [{}, ""],
  ])("is left alone with %j and %s", (variables, lines) => {
    const { build, line } = agreed(variables, lines);
    expect(build.env.filter((entry) => entry === "DOCKER_API_VERSION=1.44")).toEqual([]);
    expect(line).toBe("");
  });

  it("over TCP is told as well", () => {
    const plan = planOf({ docker: "", services: [] });
    const remote = {
      ...plan,
      composeProject: "job-1",
      remoteDaemon: { address: "tcp://d.test:2375", certificates: null },
    };
    const build = { ...plan.build, env: [...plan.build.env, "DOCKER_HOST=tcp://d.test:2375"] };
    expect(agreeOnApi({ ...remote, build }, clientOf("24.0.0"), modern).line).not.toBe("");
  });
});

describe("a job with the runner's sidecar", () => {
  const tables = '[runners.docker.daemon]\nwiring = "dind"';
  const planWith = (variables: Readonly<Record<string, string>>) =>
    planOf({
      docker: "",
      services: [],
      tables,
      wiring: { kind: "dind", image: "docker:29-dind", alias: "docker", tls: null, command: [], lease: null },
      variables,
    });

  it("whose docker is too old for it is told which API it takes", () => {
    expect(agreeOnApi(planWith({}), clientOf("20.10.24"), modern).build.env).toContain("DOCKER_API_VERSION=1.44");
  });

  it("is left alone where it talks to another daemon", () => {
    const variables = { DOCKER_HOST: "tcp://elsewhere.test:2375" };
    expect(agreeOnApi(planWith(variables), clientOf("20.10.24"), modern).line).toBe("");
  });

  it("has networks in its sidecar sized where the sidecar's release knows how", () => {
    const [sidecar] = planWith({}).services;
    if (sidecar === undefined) throw new Error("there is one");
    const narrow = { ...sidecar, container: { ...sidecar.container, command: ["--tls=false", "--mtu=1400"] } };
    const sized = "--default-network-opt=bridge=com.docker.network.driver.mtu=1400";
    expect(sidecarOfImage(narrow, clientOf("28.4.0")).container.command).toEqual(["--tls=false", "--mtu=1400", sized]);
    expect(sidecarOfImage(narrow, clientOf("20.10.24"))).toBe(narrow);
    expect(sidecarOfImage(narrow, otherImage)).toBe(narrow);
    const own = {
      ...sidecar,
      container: { ...sidecar.container, command: ["--mtu=1400", "--default-network-opt=bridge=x=y"] },
    };
    expect(sidecarOfImage(own, clientOf("28.4.0"))).toBe(own);
    expect(sidecarOfImage(sidecar, clientOf("28.4.0"))).toBe(sidecar);
  });
});

describe("a job with its own dind", () => {
  const dind = { ...dindImage, env: ["DOCKER_VERSION=29.0.1", "DOCKER_TLS_CERTDIR=/certs"] };

  it("whose docker is too old for it is told which API it takes", () => {
    const { plan, report } = autowireForm({ dind, build: clientOf("24.0.9") });
    expect(planVariable(plan, "DOCKER_API_VERSION")).toBe("1.44");
    expect(report.join("\n")).toContain(
      "DOCKER_API_VERSION=1.44: docker 24.0.9 of the job's image and a daemon 29.0.1",
    );
  });

  it.each([
    [{ dind, build: clientOf("28.0.0") }],
    [{ dind, build: clientOf("24.0.9"), variables: { DOCKER_API_VERSION: "" } }],
    [{ build: clientOf("24.0.9") }],
  ])("is left alone where they agree, or it has said which: %#", (form) => {
    expect(planVariable(autowireForm(form).plan, "DOCKER_API_VERSION")).toBe("");
  });
});
