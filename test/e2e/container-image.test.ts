import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import type { JobHandle } from "../../src/coordinator/embedded/job-record.ts";
import { findObjects } from "../../src/docker/sweep.ts";
import { finished, scriptJob, startTestCoordinator, type TestCoordinator } from "../support/coordinator.ts";
import { engineHost, images, killContainer } from "../support/engine.ts";
import { plainText } from "../support/job-log.ts";
import { createRepository } from "../support/repository.ts";
import { projectImage } from "./container/agent-image.ts";
import { execIn } from "./container/exec-in.ts";
import { leftByJobs, Place } from "./container/place.ts";
import { RunnerContainer, type RunnerOptions } from "./container/runner-container.ts";

/** On the daemon's host. */
const socket = engineHost.startsWith("unix://") ? engineHost.slice("unix://".length) : "/var/run/docker.sock";
const jobLimitMs = 60_000;

const cleanup = new AsyncDisposableStack();
const place = Place.of();
const { engine } = place;
let coordinator: TestCoordinator;
let agentImage: string;
let helperImage: string;
let socketGroup: string;
let registered: RunnerOptions;

beforeAll(async () => {
  agentImage = await projectImage(engine, "agent");
  helperImage = await projectImage(engine, "helper");
  cleanup.use(place);
  coordinator = cleanup.use(await startTestCoordinator({ listen: [`${await place.hostAddress()}:0`] }));
  const builds = await mkdtemp(join(tmpdir(), "longshore-test-"));
  cleanup.defer(() => rm(builds, { recursive: true, force: true }));
  const shared = [`${socket}:/var/run/docker.sock`];
  const asked = await RunnerContainer.run(place, {
    image: images.base,
    command: ["stat", "-c", "%g", "/var/run/docker.sock"],
    binds: shared,
  });
  socketGroup = asked.output.trim();
  const binds = [
    ...shared,
    `${await place.volume("config")}:/etc/longshore`,
    `${await place.volume("state")}:/var/lib/longshore`,
  ];
  registered = { image: agentImage, binds, user: "longshore", groups: [socketGroup] };
  const { code, output } = await RunnerContainer.run(place, { ...registered, command: registration(builds) });
  if (code !== 0) throw new Error(output);
});

afterAll(async () => {
  const left = await leftByJobs(engine, coordinator.runner.token);
  await cleanup.disposeAsync();
  expect(left).toEqual([]);
});

const registration = (builds: string): string[] => [
  "register",
  "--non-interactive",
  ...["--url", coordinator.url, "--token", coordinator.runner.token, "--executor", "docker", "--builds-dir", builds],
  ...["--docker-image", images.docker, "--docker-helper-image", helperImage, "--docker-pull-policy", "if-not-present"],
  ...["--docker-daemon-wiring", "socket", "--docker-daemon-socket-path", socket],
];

/** It goes on when somebody makes the file /go in its build container. */
const patient = ["echo 'the job waits'", "until [ -e /go ]; do sleep 0.1; done", "echo 'and ends'"];

async function begun(job: JobHandle): Promise<void> {
  while (!(await job.readTrace()).includes("the job waits\n")) {
    const size = job.traceSize;
    const news = (known: JobHandle) => known.finished || known.traceSize > size;
    await coordinator.waitFor(job.id, news, AbortSignal.timeout(jobLimitMs));
    if (job.finished) throw new Error(String(await job.readTrace()));
  }
}

async function letEnd(job: JobHandle): Promise<void> {
  const labels = [`com.gitlab.gitlab-runner.job.id=${job.id}`, "com.gitlab.gitlab-runner.type=build"];
  const { containers } = await findObjects(engine, labels, AbortSignal.timeout(jobLimitMs));
  expect(containers).toHaveLength(1);
  await execIn(engine, containers[0] ?? "", ["touch", "/go"]);
}

it("holds what it needs to run and nothing that builds or tests it", async () => {
  const script = "cd /opt/longshore && ls && cat node_modules/.package-lock.json";
  const { output } = await RunnerContainer.run(place, {
    image: agentImage,
    binds: [],
    ...{ entrypoint: ["sh", "-c", script] },
  });
  const [names = ""] = output.split("{", 1);
  expect(names.trim().split("\n")).toEqual(["LICENSE", "bin", "dist", "node_modules", "package.json"]);
  const { packages } = JSON.parse(output.slice(names.length)) as { packages: Record<string, { dev?: boolean }> };
  expect(Object.keys(packages)).toContain("node_modules/dockerode");
  expect(Object.entries(packages).filter(([, { dev }]) => dev === true)).toEqual([]);
  const [own, base] = await Promise.all([agentImage, images.node].map((name) => engine.getImage(name).inspect()));
  expect((own?.Size ?? 0) - (base?.Size ?? 0)).toBeLessThan(60e6);
});
