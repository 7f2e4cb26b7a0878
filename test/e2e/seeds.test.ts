import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../src/docker/engine.ts";
import { connectEngine, engineHost, images, objectsOf, removeReusable } from "../support/engine.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";
import { Clone } from "./seeds/clone.ts";
import { type Installation, startInstallation } from "./seeds/installation.ts";
import { nameImages } from "./seeds/stand-ins.ts";

const standIns = { "docker:latest": images.docker, "docker:dind": images.dind, "python:3.8-slim": images.python };
/** Of somebody who is no job. */
const deployToken = { user: "gitlab+deploy-token-1", password: randomBytes(12).toString("hex") };

const engine = connectEngine();
const cleanup = new AsyncDisposableStack();
let registry: TestRegistry;
let installation: Installation;
let clock: Clone;
let almanac: Clone;

beforeAll(async () => {
  clock = cleanup.use(await Clone.of("s1", "clock"));
  almanac = cleanup.use(await Clone.of("s4", "almanac"));
  cleanup.use(await nameImages(engine, standIns));
  registry = cleanup.use(await startRegistry(engine, login));
  const inDaemon = ["docker:latest", "python:3.8-slim", images.helper];
  [installation] = await Promise.all([
    startInstallation(engine, registry, inDaemon),
    registry.push("python:3.8-slim", "library/python:3.8-slim"),
  ]);
  cleanup.use(installation);
});

afterAll(() => cleanup.disposeAsync());

/** As GitLab's registry: a job's token opens it while the job runs, and the coordinator is asked whether it does. */
async function login(user: string, password: string): Promise<boolean> {
  if (user !== "gitlab-ci-token") return user === deployToken.user && password === deployToken.password;
  const url = `${await clock.coordinatorUrl()}/local/clock.git/info/refs?service=git-upload-pack`;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  return (await fetch(url, { headers: { authorization } })).ok;
}

/** What exec's agent has left on an engine, the volumes that it keeps from job to job not counted. */
async function leftovers(on: Engine, clone: Clone) {
  const agentId = await clone.agentId();
  await removeReusable(on, agentId);
  return objectsOf(on, agentId);
}

describe.concurrent("longshore exec", () => {
  it("S1", async () => {
    const args = ["--var", `CI_REGISTRY=${registry.host}`];
    const classic = `
[[runners]]
  name = "builder"
  executor = "docker"
  [runners.docker]
    host = "${engineHost}"
    image = "docker:latest"
    helper_image = "${images.helper}"
    pull_policy = "if-not-present"
    privileged = true
    disable_cache = false
    volumes = ["/cache", "${registry.certificates}:/etc/docker/certs.d:ro", "${registry.daemonConfig}:/etc/docker/daemon.json:ro"]
    shm_size = 0
`;
    const first = await clock.exec(classic, args);
    console.log(first.screen);
    expect(first.exit).toBe(0);
    const second = await clock.exec(`${classic}[runners.docker.daemon]\nwiring = "dind"\n`, [...args, "build"]);
    console.log(second.screen);
    expect(second.exit).toBe(0);
    expect(await leftovers(engine, clock)).toEqual({ containers: [], networks: [], volumes: [] });
  });

  it("S4", async () => {
    const config = `
concurrent = 2
check_interval = 0

[[runners]]
  name = "docker-runner"
  executor = "docker"
  [runners.docker]
    host = "${installation.host}"
    tls_verify = false
    image = "python:3.8-slim"
    helper_image = "${images.helper}"
    pull_policy = "if-not-present"
    privileged = false
    disable_cache = false
    volumes = ["/var/run/docker.sock:/var/run/docker.sock", "/cache"]
    shm_size = 0
  [runners.cache]
`;
    const args = Object.entries({
      CI_REGISTRY: registry.host,
      CI_REGISTRY_USER: deployToken.user,
      CI_REGISTRY_PASSWORD: deployToken.password,
    }).flatMap(([key, value]) => ["--var", `${key}=${value}`]);
    const first = await almanac.exec(config, args);
    console.log(first.screen);
    expect(first.exit).toBe(0);
    const second = await almanac.exec(config, args);
    console.log(second.screen);
    expect(second.exit).toBe(0);
    expect(await leftovers(installation.engine, almanac)).toEqual({ containers: [], networks: [], volumes: [] });
  });
});
