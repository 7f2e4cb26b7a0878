import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { JobHandle } from "../../src/coordinator/embedded/job-record.ts";
import { shortToken } from "../../src/coordinator/token.ts";
import { findObjects } from "../../src/docker/sweep.ts";
import { finished, scriptJob, startTestCoordinator, type TestCoordinator } from "../support/coordinator.ts";
import { engineHost, images } from "../support/engine.ts";
import { plainText } from "../support/job-log.ts";
import { createRepository } from "../support/repository.ts";
import { Container, type ContainerOptions } from "./container/container.ts";
import { execIn } from "./container/exec-in.ts";
import { leftByJobs, Place } from "./container/place.ts";
import { projectImage } from "./container/project-image.ts";
import { registration } from "./container/registration.ts";

/** On the daemon's host. */
const socket = engineHost.startsWith("unix://") ? engineHost.slice("unix://".length) : "/var/run/docker.sock";
const socketVolume = `${socket}:/var/run/docker.sock`;
const jobLimitMs = 60_000;

const cleanup = new AsyncDisposableStack();
const place = Place.of();
const { engine } = place;
let coordinator: TestCoordinator;
let agentImage: string;
/** A container of the image with the socket, and with the volumes in which a runner is registered. */
let runner: ContainerOptions;
let nonRoot: ContainerOptions;

beforeAll(async () => {
  agentImage = await projectImage(engine, "agent");
  cleanup.use(place);
  coordinator = cleanup.use(await startTestCoordinator({ listen: [`${await place.hostAddress()}:0`] }));
  const builds = await mkdtemp(join(tmpdir(), "longshore-test-"));
  cleanup.defer(() => rm(builds, { recursive: true, force: true }));
  const volumes = [
    socketVolume,
    `${await place.volume("config")}:/etc/longshore`,
    `${await place.volume("state")}:/var/lib/longshore`,
  ];
  const stat = { image: images.base, command: ["stat", "-c", "%g", "/var/run/docker.sock"], volumes: [socketVolume] };
  const { output: group } = await Container.run(place, "stat", stat);
  runner = { image: agentImage, volumes };
  nonRoot = { ...runner, user: "longshore", groups: [group.trim()] };
  const command = registration(coordinator, {
    "builds-dir": builds,
    "docker-image": images.docker,
    "docker-helper-image": await projectImage(engine, "helper"),
    "docker-daemon-wiring": "socket",
    "docker-daemon-socket-path": socket,
  });
  const { code, output } = await Container.run(place, "register", { ...nonRoot, command });
  if (code !== 0) throw new Error(output);
});

afterAll(async () => {
  const left = await leftByJobs(engine, coordinator.runner.token);
  await cleanup.disposeAsync();
  expect(left).toEqual([]);
});

/** It goes on when somebody makes the file /go in its build container. */
const patient = ["echo 'the job waits'", "until [ -e /go ]; do sleep 0.1; done", "echo 'and ends'"];

async function startPatientJob(): Promise<JobHandle> {
  const job = await coordinator.addJob(scriptJob({ script: patient }));
  while (!(await job.readTrace()).includes("the job waits\n")) {
    const size = job.traceSize;
    const news = (known: JobHandle) => known.finished || known.traceSize > size;
    await coordinator.waitFor(job.id, news, AbortSignal.timeout(jobLimitMs));
    if (job.finished) throw new Error(String(await job.readTrace()));
  }
  return job;
}

async function buildContainer(job: JobHandle): Promise<string> {
  const labels = [`com.gitlab.gitlab-runner.job.id=${job.id}`, "com.gitlab.gitlab-runner.type=build"];
  const short = `com.gitlab.gitlab-runner.runner.id=${shortToken(coordinator.runner.token)}`;
  const { containers } = await findObjects(engine, [...labels, short], AbortSignal.timeout(jobLimitMs));
  return containers[0] ?? "";
}

async function letEnd(job: JobHandle): Promise<void> {
  await execIn(engine, await buildContainer(job), ["touch", "/go"]);
}

it("holds what it needs to run, and nothing that builds or tests it", async () => {
  const script = "cd /opt/longshore && ls && cat node_modules/.package-lock.json";
  const { output } = await Container.run(place, "look", { image: agentImage, entrypoint: ["sh", "-c", script] });
  const lockStart = output.indexOf("{");
  expect(output.slice(0, lockStart).trim().split("\n")).toEqual([
    "LICENSE",
    "bin",
    "dist",
    "node_modules",
    "package.json",
  ]);
  const { packages } = JSON.parse(output.slice(lockStart)) as { packages: Record<string, { dev?: boolean }> };
  expect(Object.keys(packages)).toContain("node_modules/dockerode");
  expect(Object.keys(packages).filter((name) => packages[name]?.dev)).toEqual([]);
  const [own, base] = await Promise.all([agentImage, images.node].map((name) => engine.getImage(name).inspect()));
  expect((own?.Size ?? 0) - (base?.Size ?? 0)).toBeLessThan(60e6);
});

it("has the command line for its command", async () => {
  const { version } = (await import("../../package.json", { with: { type: "json" } })).default;
  expect(await Container.run(place, "version", { image: agentImage, command: ["--version"] })).toEqual({
    code: 0,
    output: `${version}\n`,
  });
});

it("waits for its configuration, and ends at once when it is stopped meanwhile", async () => {
  await using waiting = await Container.start(place, "waiting", { image: agentImage });
  await waiting.says("There is no /etc/longshore/config.toml yet");
  expect(await waiting.stop()).toBe(0);
});

it("runs a job with sources, cache and artifacts as a user who is not root", async () => {
  await using repository = await createRepository();
  const sha = await repository.commit({ "message.txt": "from the repository\n" });
  coordinator.serveRepository("group/project", repository.bare);
  await using container = await Container.start(place, "runner", nonRoot);
  const script = [
    "cat message.txt kept/last 2>/dev/null || true",
    "mkdir -p kept && cp message.txt kept/last",
    "cp message.txt artifact.txt",
  ];
  const cache = { key: "k", paths: ["kept"] };
  const logs: string[] = [];
  for (const _ of ["first", "second"]) {
    const job = await coordinator.addJob(({ token }) =>
      repository.jobParts(coordinator.url, token, sha, { script, cache, artifacts: ["artifact.txt"] }),
    );
    const { log } = await finished(coordinator, job, jobLimitMs);
    logs.push(plainText(log));
    expect([job.state, log]).toEqual(["success", log]);
    expect(job.artifacts.map(({ filename }) => filename)).toEqual(["artifacts.zip"]);
  }
  expect(logs[0]?.match(/^from the repository$/gm)).toHaveLength(1);
  expect(logs[1]?.match(/^from the repository$/gm)).toHaveLength(2);
  expect(await container.exec(["id", "-un"])).toEqual({ code: 0, output: "longshore\n" });
  expect((await container.exec(["longshore", "verify"])).code).toBe(0);
  expect((await container.exec(["longshore", "list"])).output).toContain(coordinator.url);
  expect(await container.stop()).toBe(0);
});

it("hands its socket on, and what a job builds and starts there sees the job's files", async () => {
  const name = place.name("longshore-test-built");
  await using container = await Container.start(place, "runner", nonRoot);
  const script = [
    "echo 'from the job' >message.txt",
    `printf 'FROM ${images.tiny}\\nCMD cat /src/message.txt\\n' | docker build -t ${name} -`,
    `docker run --rm -v "$CI_PROJECT_DIR":/src ${name}`,
    `docker rmi ${name} >/dev/null`,
  ];
  const job = await coordinator.addJob(scriptJob({ script }));
  const { log } = await finished(coordinator, job, jobLimitMs);
  expect([job.state, log]).toEqual(["success", log]);
  expect(plainText(log)).toMatch(/^from the job$/m);
  expect(await container.stop()).toBe(0);
});

it("lets the running job end when it is stopped", async () => {
  await using container = await Container.start(place, "runner", runner);
  const job = await startPatientJob();
  const stopped = container.stop();
  await container.says("Waiting for running jobs");
  await letEnd(job);
  const { log } = await finished(coordinator, job, jobLimitMs);
  expect([job.state, log]).toEqual(["success", log]);
  expect(log).toContain("and ends");
  expect(await stopped).toBe(0);
  expect(await leftByJobs(engine, coordinator.runner.token)).toEqual([]);
});

it("ends the running job when it is stopped by SIGTERM, reports it and cleans up", async () => {
  await using container = await Container.start(place, "runner", { ...runner, stopSignal: "SIGTERM" });
  const job = await startPatientJob();
  expect(await container.stop()).toBe(0);
  await finished(coordinator, job, jobLimitMs);
  expect([job.state, job.failureReason]).toEqual(["failed", "runner_interrupted"]);
  expect(await leftByJobs(engine, coordinator.runner.token)).toEqual([]);
});

it("refuses to start beside one that uses the same volumes", async () => {
  await using container = await Container.start(place, "runner", runner);
  const job = await startPatientJob();
  const { code, output } = await Container.run(place, "second", runner);
  expect([code, output]).not.toEqual([0, output]);
  expect(output).toContain("[STATE_LOCKED]");
  await letEnd(job);
  await finished(coordinator, job, jobLimitMs);
  expect(job.state).toBe("success");
  expect(await container.stop()).toBe(0);
});

it("keeps in its volumes what a new container needs to go on with the job of one that was killed", async () => {
  const killed = await Container.start(place, "runner", runner);
  const job = await startPatientJob();
  const { Labels } = await engine
    .getContainer(await buildContainer(job))
    .inspect()
    .then(({ Config }) => Config);
  await killed[Symbol.asyncDispose]();
  // Agents in containers have one path of their configuration, and jobs of two coordinators may have one number.
  const own = Object.entries(Labels).filter(([key]) => key.startsWith("dev.longshore."));
  const ofAnother = { ...Object.fromEntries(own), "dev.longshore.boot": "0123456789ab" };
  const bystander = await place.start("bystander", { Image: images.tiny, Cmd: ["sleep", "600"], Labels: ofAnother });

  await using container = await Container.start(place, "runner", runner);
  await engine.getContainer(await buildContainer(job)).kill();
  await finished(coordinator, job, jobLimitMs);
  expect([job.state, job.failureReason, job.exitCode]).toEqual(["failed", "script_failure", 137]);
  expect(await container.stop()).toBe(0);
  expect(await leftByJobs(engine, coordinator.runner.token)).toEqual([]);
  expect((await engine.getContainer(bystander).inspect()).State.Running).toBe(true);
});
