import { describe, expect, it } from "vitest";
import { planVariable } from "../../../src/executor/plan-variable.ts";
import type { DaemonWiring } from "../../../src/daemon/contribution.ts";
import { planJob } from "../../../src/job/plan-job.ts";
import { sidecarOfImage } from "../../../src/job/plan-sidecar.ts";
import { agreeOnApi, withDirectWay } from "../../../src/job/runners-daemon.ts";
import { autowireForm, type Form, planOf } from "./autowire-scene.ts";
import { dindImage, dockerImage } from "./dind-model.ts";
import { payloadOf, readRunner, surroundingsOf } from "./plan-case.ts";

const wiring: DaemonWiring = {
  kind: "dind",
  image: "docker:dind",
  alias: "docker",
  tls: null,
  command: ["--debug"],
  lease: null,
};
const tables = '[runners.docker.daemon]\nwiring = "dind"';
const planWith = (form: Form) => planOf({ docker: "", services: [], tables, wiring, ...form });

/** With these lines of [[runners]]. */
function planBehind(
  runnerLines: string,
  services: readonly string[] = [],
  variables: readonly { readonly key: string; readonly value: string }[] = [],
) {
  const config = `[[runners]]
url = "https://gitlab.test"
token = "glrt-t1_abcdefghijklmnop"
executor = "docker"
${runnerLines}
[runners.docker]
image = "docker:latest"
${tables}
`;
  return planJob({
    payload: payloadOf({ services: services.map((name) => ({ name })), variables }),
    runner: readRunner(config),
    agent: {
      protocolVersion: "19.4.0",
      revision: "0",
      architecture: "amd64",
      systemId: "s",
      agentId: "a",
      bootId: "b",
    },
    slot: { runner: 0, project: 0 },
    suffix: "0a1b2c3d",
    wiring,
    surroundings: surroundingsOf(),
    serverTls: { ca: "", cert: "", key: "" },
    defaultHelperImage: "helper",
  });
}

describe("a job with the runner's sidecar, behind a proxy", () => {
  const proxied = { variables: { HTTPS_PROXY: "http://proxy.test:3128" } };
  const directWay = (form: Form, imageEnv: readonly string[] = []) => {
    const plan = planWith(form);
    const { env } = withDirectWay(plan, plan.build, { ...dockerImage, env: [...dockerImage.env, ...imageEnv] });
    return env.filter((entry) => /^no_proxy=/i.test(entry));
  };

  it("reaches it without, and keeps what its image says needs none", () => {
    expect(directWay(proxied)).toEqual(["no_proxy=docker", "NO_PROXY=docker"]);
    expect(directWay(proxied, ["no_proxy=inner.test"])).toEqual([
      "no_proxy=inner.test,docker",
      "NO_PROXY=inner.test,docker",
    ]);
  });

  it("is left to what the job says needs none, and to a daemon elsewhere", () => {
    expect(directWay({ variables: { ...proxied.variables, no_proxy: "own" } })).toEqual(["no_proxy=own"]);
    expect(directWay({ variables: { ...proxied.variables, DOCKER_HOST: "tcp://elsewhere.test:2375" } })).toEqual([]);
    expect(directWay({})).toEqual([]);
  });

  it("has its other services within the sidecar's reach", () => {
    const behind = planBehind('environment = ["HTTPS_PROXY=http://proxy.test:3128"]', ["registry:2"]);
    expect(behind.services.at(-1)?.container.env).toContain("NO_PROXY=registry");
    const told = planBehind('environment = ["HTTPS_PROXY=http://p", "no_proxy=inner.test"]', ["registry:2"]);
    expect(told.services.at(-1)?.container.env).toContain("no_proxy=inner.test,registry");
  });
});

describe("an empty DOCKER_HOST", () => {
  it("of config.toml's environment is none", () => {
    expect(planVariable(planBehind('environment = ["DOCKER_HOST="]'), "DOCKER_HOST")).toBe("tcp://docker:2375");
  });

  it("of the job takes back that of config.toml's environment", () => {
    const elsewhere = 'environment = ["DOCKER_HOST=tcp://elsewhere.test:2375"]';
    const plan = planBehind(elsewhere, [], [{ key: "DOCKER_HOST", value: "" }]);
    expect(planVariable(plan, "DOCKER_HOST")).toBe("tcp://docker:2375");
    expect(planVariable(planBehind(elsewhere), "DOCKER_HOST")).toBe("tcp://elsewhere.test:2375");
  });
});

describe("a sidecar on a network that other jobs use, too", () => {
  const docker = 'network_mode = "ci-net"';

  it("is called by a name of its own, which the log says", () => {
    const { notices, services } = planWith({ docker });
    expect(services[0]?.container.aliases).toEqual(["docker-0a1b2c3d"]);
    expect(notices.join("\n")).toContain("is called docker-0a1b2c3d (DOCKER_HOST=tcp://docker-0a1b2c3d:2375)");
    expect(planWith({}).notices).toEqual([]);
  });

  it.each(["tcp://docker", "tcp://docker/", "tcp://docker:2375"])("is called docker where the job says %s", (host) => {
    const plan = planWith({ docker, variables: { DOCKER_HOST: host } });
    expect(plan.services[0]?.container.aliases).toEqual(["docker"]);
    expect(plan.notices).toEqual([]);
    expect(planVariable(plan, "TESTCONTAINERS_HOST_OVERRIDE")).toBe("docker");
  });
});

describe("the release of a job's docker", () => {
  const old = { ...dockerImage, env: ["DOCKER_VERSION=20.10.24"] };
  const modern = { oldest: "1.44", newest: "1.52" };
  const variables = { DOCKER_VERSION: "29.0.0" };

  it("is what its image says, whatever variable of that name the job has", () => {
    const plan = planWith({ variables });
    expect(agreeOnApi(plan, old, modern).build.env).toContain("DOCKER_API_VERSION=1.44");
    expect(agreeOnApi(plan, { ...old, env: [] }, modern).line).toBe("");
    const dind = { ...dindImage, env: ["DOCKER_VERSION=29.0.1", "DOCKER_TLS_CERTDIR=/certs"] };
    expect(planVariable(autowireForm({ dind, build: old, variables }).plan, "DOCKER_API_VERSION")).toBe("1.44");
  });
});

describe("a sidecar with a configuration file", () => {
  it("gets no argument that stands there, and the admin's own all the same", () => {
    const [sidecar] = planWith({
      docker: 'dns = ["10.0.0.2"]\n[runners.docker.ulimit]\nnofile = "1:2"',
      mtu: 1400,
    }).services;
    if (sidecar === undefined) throw new Error("there is one");
    const commandWith = (keys: readonly string[]) =>
      sidecarOfImage(sidecar, { ...dindImage, env: ["DOCKER_VERSION=28.0.0"] }, new Set(keys)).container.command;
    const sized = "--default-network-opt=bridge=com.docker.network.driver.mtu=1400";
    expect(commandWith([])).toEqual([
      "--tls=false",
      "--mtu=1400",
      "--dns=10.0.0.2",
      "--default-ulimit=nofile=1:2",
      "--debug",
      sized,
    ]);
    expect(commandWith(["dns", "default-ulimits", "debug"])).toEqual(["--tls=false", "--mtu=1400", "--debug", sized]);
    expect(commandWith(["mtu", "tls"])).toEqual(["--dns=10.0.0.2", "--default-ulimit=nofile=1:2", "--debug"]);
    expect(commandWith(["default-network-opts"])).not.toContain(sized);
  });
});
