import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Engine } from "../../src/docker/engine.ts";
import { connectEngine, engineHost, images, objectsOf, removeReusable } from "../support/engine.ts";
import { startRegistry, type TestRegistry } from "../support/registry.ts";
import { Clone, type Run } from "./seeds/clone.ts";
import { type Installation, startInstallation } from "./seeds/installation.ts";
import { nameImages } from "./seeds/stand-ins.ts";

const standIns = { "docker:latest": images.docker, "docker:dind": images.dind, "python:3.8-slim": images.python };
/** The login of somebody who is no job. */
const deployToken = { user: "gitlab+deploy-token-1", password: randomBytes(12).toString("hex") };

const engine = connectEngine();
const cleanup = new AsyncDisposableStack();
let registry: TestRegistry;
let clock: Clone;

beforeAll(async () => {
  clock = cleanup.use(await Clone.of("s1", "clock"));
  cleanup.use(await nameImages(engine, standIns));
  registry = cleanup.use(await startRegistry(engine, login));
  await registry.push("python:3.8-slim", "library/python:3.8-slim");
});

afterAll(() => cleanup.disposeAsync());

/** As GitLab's registry: a job's token opens it while the job runs, and the coordinator is asked whether it does. */
async function login(user: string, password: string): Promise<boolean> {
  if (user !== "gitlab-ci-token") return user === deployToken.user && password === deployToken.password;
  const url = `${await clock.coordinatorUrl()}/local/clock.git/info/refs?service=git-upload-pack`;
  const authorization = `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  return fetch(url, { headers: { authorization } }).then(
    (response) => response.ok,
    () => false,
  );
}

/** What exec's agent has left, the volumes that it keeps from job to job not counted. */
async function leftovers(on: Engine, clone: Clone): Promise<string[]> {
  const agentId = await clone.agentId();
  await removeReusable(on, agentId);
  const { containers, networks, volumes } = await objectsOf(on, agentId);
  return [...containers, ...networks, ...volumes];
}

const variables = (values: Readonly<Record<string, string>>): string[] =>
  Object.entries(values).flatMap(([key, value]) => ["--var", `${key}=${value}`]);

const count = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

describe.concurrent("longshore exec on a pipeline that builds with docker:dind as its service", () => {
  let first: Run;
  let second: Run;
  let left: string[];

  beforeAll(async () => {
    const config = `
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
    volumes = [
      "/cache",
      "${registry.certificates}:/etc/docker/certs.d:ro",
      "${registry.daemonConfig}:/etc/docker/daemon.json:ro",
    ]
    shm_size = 0
`;
    const args = variables({ CI_REGISTRY: registry.host });
    try {
      first = await clock.exec(config, args);
      second = await clock.exec(`${config}  [runners.docker.daemon]\n    wiring = "dind"\n`, [...args, "build"]);
    } finally {
      left = await leftovers(engine, clock);
    }
  });

  it("runs it green as it stands", async () => {
    expect(first.problem).toBe("");
    expect(first.states).toEqual({ test: "success", build: "success", deploy: "success" });
    expect(await clock.isUnmodified("s1")).toBe(true);
  });

  it("tests in the test's own image, with the requirements installed", () => {
    expect(first.screen).toContain("Using Docker executor with image python:3.8-slim ...");
    expect(first.screen).toContain("Successfully installed number-words-1.0");
    expect(first.screen).toMatch(/Ran 2 tests in .*\n.*\n.*\| OK\n/);
  });

  it("starts each script when its daemon can be used", () => {
    expect(count(first.screen, /Service docker:dind is ready after/g)).toBe(3);
    expect(count(first.screen, /--tls=false: plain TCP as asked for, without dockerd's wait of 15 s/g)).toBe(3);
    expect(first.screen).not.toContain("probably didn't start properly");
  });

  it("lets its jobs log in with their tokens, and nobody with a token that no job has", async () => {
    expect(count(first.screen, /Login Succeeded/g)).toBe(2);
    expect(await registry.knock("gitlab-ci-token", "glcbt-64_000000000000000000000")).toBe(401);
  });

  it("pushes what it built, and deploys what it pushed", async () => {
    const pushed = await registry.find("local/clock", clock.git("rev-parse", "--short=8", "HEAD"));
    const base = await registry.find("library/python", "3.8-slim");
    expect(pushed?.layers).toBeGreaterThan(base?.layers ?? Infinity);
    expect(await registry.find("local/clock", "latest")).toEqual(pushed);
    expect(first.screen).toContain("It is seven o'clock");
  });

  it("builds from the image that the pipeline before pushed", () => {
    expect(second.problem).toBe("");
    expect(first.screen).not.toMatch(/Using cache|CACHED/);
    expect(count(second.screen, /Using cache|CACHED/g)).toBe(6);
  });

  it("leaves the job its own daemon where the runner has one for every job", () => {
    expect(second.screen).toContain('The job brings a service "docker" of its own');
    expect(second.states).toEqual({ build: "success" });
  });

  it("leaves nothing behind", () => {
    expect(left).toEqual([]);
  });
});

describe.concurrent("longshore exec on a pipeline that builds with the socket of a long-lived dind", () => {
  const own = new AsyncDisposableStack();
  let installation: Installation;
  let almanac: Clone;
  let first: Run;
  let second: Run;
  let left: string[];

  beforeAll(async () => {
    almanac = own.use(await Clone.of("s4", "almanac"));
    const inDaemon = ["docker:latest", "python:3.8-slim", images.helper];
    installation = own.use(await startInstallation(engine, registry, inDaemon));
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
    const { user, password } = deployToken;
    const args = variables({ CI_REGISTRY: registry.host, CI_REGISTRY_USER: user, CI_REGISTRY_PASSWORD: password });
    first = await almanac.exec(config, args);
    const withoutHost = config.replace(/^ *host = .*\n/m, "");
    const debugTrace = variables({ CI_DEBUG_TRACE: "true" });
    second = await almanac.exec(withoutHost, [...args, ...debugTrace, "--docker-host", installation.host]);
    left = await leftovers(installation.engine, almanac);
  });

  afterAll(() => own.disposeAsync());

  it("runs it green as it stands, the first time and the next", async () => {
    const green = { dependencies: "success", test: "success", build_image: "success" };
    expect(first.problem).toBe("");
    expect(first.states).toEqual(green);
    expect(second.problem).toBe("");
    expect(second.states).toEqual(green);
    expect(await almanac.isUnmodified("s4")).toBe(true);
  });

  it("finds dependencies of the pipeline before in the cache", () => {
    expect(first.screen).toContain("| vendor/ is empty\n");
    expect(second.screen).toContain("| vendor/ is from the cache\n");
  });

  it("hands dependencies from job to job as artifacts", () => {
    expect(count(first.screen, /Downloading artifacts from coordinator\.\.\. ok/g)).toBe(2);
    expect(first.screen).toMatch(/Ran 1 test in .*\n.*\n.*\| OK\n/);
  });

  it("builds on the daemon that runs the jobs", async () => {
    const { Name } = (await installation.engine.info()) as { Name: string };
    expect(first.screen).toContain(`|  Name: ${Name}\n`);
    const built = await installation.engine.getImage(`${registry.host}/local/almanac:main`).inspect();
    expect(built.Config.Cmd).toEqual(["python", "almanac.py"]);
  });

  it("logs in and pushes", async () => {
    expect(first.screen).toContain("Login Succeeded");
    expect(await registry.knock(deployToken.user, "another")).toBe(401);
    expect(await registry.find("local/almanac", "main")).not.toBeNull();
  });

  it("hides the password where the log shows each command", () => {
    expect(second.screen).toContain(`+ docker login -u ${deployToken.user} -p [MASKED] ${registry.host}`);
    expect(second.screen).not.toContain(deployToken.password);
  });

  it("leaves nothing behind, with a label or without", async () => {
    expect(left).toEqual([]);
    const { engine: daemon } = installation;
    expect(await daemon.listContainers({ all: true })).toEqual([]);
    expect((await daemon.listVolumes()).Volumes).toEqual([]);
    expect((await daemon.listNetworks()).map(({ Name }) => Name).sort()).toEqual(["bridge", "host", "none"]);
  });
});
