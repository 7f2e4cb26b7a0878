import { describe, expect, it, test } from "vitest";
import { readDockerdArguments, reachablePorts } from "../../../src/job/dockerd-arguments.ts";
import { configuredKeys, everyKey } from "../../../src/job/daemon-json.ts";
import type { ImageConfig } from "../../../src/job/image-config.ts";
import { certificateNames, recogniseDind } from "../../../src/job/own-dind.ts";
import type { ContainerSpec } from "../../../src/job/plan.ts";
import { dindsOf, planOf } from "./autowire-scene.ts";
import { dindImage, dockerImage } from "./dind-model.ts";

const spec = (over: Partial<ContainerSpec> = {}) =>
  ({ ...(planOf({}).services[0]?.container as ContainerSpec), ...over }) satisfies ContainerSpec;
const kind = (image: ImageConfig, over: Partial<ContainerSpec> = {}) =>
  recogniseDind(spec(over), image)?.kind ?? "none";

describe("a dind is known by what its container starts", () => {
  it.each([
    ["docker:dind", dindImage, {}, "entrypoint"],
    [
      "its entrypoint by its path",
      { ...dindImage, entrypoint: ["/usr/local/bin/dockerd-entrypoint.sh"] },
      {},
      "entrypoint",
    ],
    ["an image of nothing but the entrypoint", { ...dindImage, env: [], volumes: [] }, {}, "entrypoint"],
    ["arguments of the image's own", { ...dindImage, command: ["--debug"] }, {}, "entrypoint"],
    [
      "an entrypoint that is docker:dind's all the same",
      dindImage,
      { entrypoint: ["dockerd-entrypoint.sh", "--tls=false"] },
      "entrypoint",
    ],
    [
      "env before it",
      dindImage,
      { entrypoint: ["env", "-u", "DOCKER_HOST"], command: ["dockerd-entrypoint.sh"] },
      "entrypoint",
    ],
    ["dockerd as its command", dindImage, { command: ["dockerd", "-H", "tcp://0.0.0.0:2375"] }, "dockerd"],
    ["made from it, with another entrypoint", { ...dindImage, entrypoint: ["/start.sh"] }, {}, "wrapped"],
    [
      "made from an old one, with another entrypoint",
      { ...dindImage, entrypoint: ["/start.sh"], env: ["DOCKER_VERSION=18"] },
      {},
      "wrapped",
    ],
    ["docker without a daemon", dockerImage, {}, "none"],
    ["another command of the image's", dindImage, { command: ["sh", "-c", "sleep 1"] }, "none"],
    ["an entrypoint of the user's", dindImage, { entrypoint: ["sh", "-c", "dockerd-entrypoint.sh"] }, "none"],
    ["env with variables", dindImage, { entrypoint: ["env", "A=b", "dockerd-entrypoint.sh"] }, "none"],
    [
      "podman",
      { ...dockerImage, entrypoint: [], env: ["container=oci"], volumes: ["/var/lib/containers"] },
      {},
      "none",
    ],
  ])("%s", (_, image, over, expected) => {
    expect(kind(image, over)).toBe(expected);
  });
});

test("certificates hold every name under which a client may ask, and what DOCKER_TLS_SAN adds", () => {
  const form = {
    services: [{ name: "docker:dind", alias: "one two", variables: { DOCKER_TLS_SAN: "DNS:build.test,IP:10.0.0.1" } }],
  };
  const names = certificateNames(dindsOf(planOf(form), form), "0a1b2c3d");
  expect(names).toEqual(expect.arrayContaining(["docker", "one", "two", "build.test", "10.0.0.1"]));
});

describe("dockerd's arguments", () => {
  it.each([
    [[], null],
    [["--debug"], null],
    [["--tls=false"], false],
    [["--tls=0"], false],
    [["--tls"], true],
    [["--tlsverify"], true],
    [["--tls=false", "--tlsverify=false"], true],
  ])("%j decide about TLS: %j", (args, tls) => {
    expect(readDockerdArguments(args).tls).toBe(tls);
  });

  it("name addresses in all of dockerd's ways", () => {
    const args = [
      "--host=tcp://0.0.0.0:1",
      "--host",
      "tcp://0.0.0.0:2",
      "-H",
      "tcp://0.0.0.0:3",
      "-H=tcp://0.0.0.0:4",
      "-Htcp://0.0.0.0:5",
    ];
    expect(reachablePorts(readDockerdArguments(args).hosts)).toEqual([1, 2, 3, 4, 5]);
  });

  it("with addresses of their own container alone are reached by nobody else", () => {
    expect(
      reachablePorts(["unix:///var/run/docker.sock", "tcp://127.0.0.1:2375", "tcp://localhost:2375", "tcp://[::1]:1"]),
    ).toEqual([]);
    expect(reachablePorts(["tcp://[::]:2375", "tcp://:2376"])).toEqual([2375, 2376]);
  });

  it("name the configuration file", () => {
    expect(readDockerdArguments([]).configFile).toBe("/etc/docker/daemon.json");
    expect(readDockerdArguments(["--config-file", "/a.json"]).configFile).toBe("/a.json");
  });
});

test("a configuration file that can't be read is one that may say anything", () => {
  expect([...configuredKeys('{"mtu": 1300, "dns": []}')]).toEqual(["mtu", "dns"]);
  expect(configuredKeys("{")).toBe(everyKey);
  expect(configuredKeys("7")).toBe(everyKey);
});
