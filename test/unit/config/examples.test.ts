import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { parseConfig } from "../../../src/config/parse.ts";

const directory = join(import.meta.dirname, "../../../config");
const read = (name: string): string => readFileSync(join(directory, name), "utf8");
const load = (name: string) => parseConfig(read(name), name, { env: {}, home: "/root" });

const driver = "custom-executor.toml";
const examples = readdirSync(directory).filter((name) => name.endsWith(".toml") && name !== driver);

test.each(examples)("%s loads without a warning, and each of its runners can take jobs", (name) => {
  const { config, warnings } = load(name);
  expect(warnings).toEqual([]);
  expect(config.runners.length).toBeGreaterThan(0);
  expect(config.runners.flatMap(({ problem }) => (problem === null ? [] : [problem]))).toEqual([]);
});

test("custom-executor.toml lacks nothing but what the calling runner has", () => {
  const ofRunner = '$&\n  url = "https://gitlab.example.com"\n  token = "glrt-x"';
  const text = read(driver).replace(/^ *executor = "docker"$/m, ofRunner);
  const { config, warnings } = parseConfig(text, driver, { env: {}, home: "/root" });
  expect(warnings).toEqual([]);
  expect(config.runners.map(({ problem, docker }) => [problem, docker.daemon?.wiring])).toEqual([[null, "dind"]]);
});

test.each(["socket", "dind", "tcp"])("%s.toml shows the wiring of its name", (wiring) => {
  expect(load(`${wiring}.toml`).config.runners.map(({ docker }) => docker.daemon?.wiring)).toEqual([wiring]);
});

test.each(["dind.toml", "tcp.toml"])("what %s has in comments may be uncommented", (name) => {
  const uncommented = read(name).replaceAll(/^( *)# (\w+ = )/gm, "$1$2");
  expect(uncommented).not.toBe(read(name));
  expect(parseConfig(uncommented, name, { env: {}, home: "/root" }).warnings).toEqual([]);
});

const { networks, volumes, services } = parse(read("compose.yaml")) as {
  networks: Record<string, { name: string }>;
  volumes: Record<string, null>;
  services: Record<"gitlab-dind" | "runner", Service>;
};

interface Service {
  readonly image: string;
  readonly privileged?: boolean;
  readonly command?: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly volumes: readonly string[];
  readonly networks: readonly string[];
}

test("compose.yaml has a long-lived privileged dind with a volume of its own, on plain TCP", () => {
  const dind = services["gitlab-dind"];
  expect(dind).toMatchObject({ privileged: true, environment: { DOCKER_TLS_CERTDIR: "" } });
  expect(dind.command).toEqual(expect.arrayContaining(["--tls=false", "--storage-driver=overlay2"]));
  expect(dind.volumes).toEqual(["dind-data:/var/lib/docker"]);
});

test("compose.yaml has the runner on the dind's network, with DOCKER_HOST, and what it keeps in volumes", () => {
  const { runner } = services;
  expect(networks).toEqual({ "gitlab-runner-net": { name: "gitlab-runner-net" } });
  expect(Object.values(services).map((service) => service.networks)).toEqual([
    ["gitlab-runner-net"],
    ["gitlab-runner-net"],
  ]);
  expect(runner.environment).toEqual({ DOCKER_HOST: "tcp://gitlab-dind:2375" });
  expect(runner.privileged).toBeUndefined();
  expect(runner.volumes).toEqual(["runner-config:/etc/longshore", "runner-state:/var/lib/longshore"]);
  const named = Object.values(services).flatMap((service) => service.volumes.map((volume) => volume.split(":")[0]));
  expect(new Set(named)).toEqual(new Set(Object.keys(volumes)));
});
