import { afterAll, beforeAll, expect, it } from "vitest";
import { finished, scriptJob, startTestCoordinator, type TestCoordinator } from "../support/coordinator.ts";
import { images } from "../support/engine.ts";
import { plainText } from "../support/job-log.ts";
import { Container, type ContainerOptions } from "./container/container.ts";
import { Dind } from "./container/dind.ts";
import { Place } from "./container/place.ts";
import { projectImage } from "./container/project-image.ts";
import { registration } from "./container/registration.ts";

const jobLimitMs = 60_000;

const cleanup = new AsyncDisposableStack();
const place = Place.of();
let coordinator: TestCoordinator;
let image: string;
let network: string;
/** With the jobs' images; one daemon after another uses it. */
let dataVolume: string;

beforeAll(async () => {
  image = await projectImage(place.engine, "agent");
  cleanup.use(place);
  const { name, gateway } = await place.network("gitlab-runner-net");
  network = name;
  coordinator = cleanup.use(await startTestCoordinator({ listen: [`${gateway}:0`] }));
  dataVolume = await place.volume("dind-data");
});

afterAll(() => cleanup.disposeAsync());

/** A runner with volumes of its own, which waits to be registered, and then is. */
async function startRegistered(name: string, options: ContainerOptions): Promise<Container> {
  const volumes = [
    `${await place.volume(`${name}-config`)}:/etc/longshore`,
    `${await place.volume(`${name}-state`)}:/var/lib/longshore`,
    ...(options.volumes ?? []),
  ];
  const runner = await Container.start(place, name, { ...options, volumes });
  const register = registration(coordinator, {
    "docker-image": images.docker,
    "docker-helper-image": images.docker,
    "docker-disable-cache": "true",
    "docker-shm-size": "0",
    "docker-volumes": "/var/run/docker.sock:/var/run/docker.sock",
  });
  const { code, output } = await runner.exec(["longshore", ...register]);
  expect([code, output]).toEqual([0, output]);
  return runner;
}

/** What a pipeline's author writes for a runner that hands its daemon's socket on. */
const buildAndRun = [
  "echo 'from the job' >message.txt",
  `printf 'FROM ${images.docker}\\nCMD cat /src/message.txt\\n' | docker build --tag built -`,
  'docker run --rm --entrypoint "" -v "$CI_PROJECT_DIR":/src built cat /src/message.txt',
  "docker info --format 'on {{.Name}}'",
];

async function runJob(tags: readonly string[] = []): Promise<string> {
  const job = await coordinator.addJob(scriptJob({ script: buildAndRun }), { tags });
  const { log } = await finished(coordinator, job, jobLimitMs);
  expect([job.state, log]).toEqual(["success", log]);
  const text = plainText(log);
  expect(text).toMatch(/^from the job$/m);
  return text;
}

it("runs jobs on a long-lived dind that DOCKER_HOST names, and notices an edit of its configuration", async () => {
  await using dind = await Dind.start(place, "gitlab-dind", { dataVolume, network });
  await dind.load([images.docker]);
  await using runner = await startRegistered("runner", { image, network, env: ["DOCKER_HOST=tcp://gitlab-dind:2375"] });
  const hostname = (await dind.docker("info", "--format", "{{.Name}}")).trim();
  expect(await runJob()).toContain(`on ${hostname}\n`);

  const { token } = coordinator.addRunner({ description: "second", tags: ["second"], runUntagged: false });
  const { output: text } = await runner.exec(["cat", "/etc/longshore/config.toml"]);
  const [, entry = ""] = text.split("[[runners]]");
  // Without a host, as in configurations that were written by hand.
  const second = entry.replace(/^ *host = .*\n/m, "").replace(coordinator.runner.token, token);
  expect(second).not.toBe(entry);
  await runner.exec(["sh", "-c", "cat >>/etc/longshore/config.toml"], { input: `\n[[runners]]${second}` });
  await runner.says("Configuration loaded");
  expect(await runJob(["second"])).toContain(`on ${hostname}\n`);

  expect(await runner.stop()).toBe(0);
  expect(await dind.contents()).toEqual([]);
});

it("runs jobs on a dind behind TLS, with the client's certificates in a volume", async () => {
  const certificateVolume = await place.volume("certs");
  await using dind = await Dind.start(place, "gitlab-dind", { dataVolume, certificateVolume, network });
  await using runner = await startRegistered("tls", {
    image,
    network,
    env: ["DOCKER_HOST=tcp://gitlab-dind:2376", "DOCKER_TLS_VERIFY=1", "DOCKER_CERT_PATH=/certs/client"],
    volumes: [`${certificateVolume}:/certs/client:ro`],
  });
  await runJob();
  expect(await runner.stop()).toBe(0);
  expect(await dind.contents()).toEqual([]);
});

it("runs jobs on a dind that it is linked to, or whose network it shares", async () => {
  await using dind = await Dind.start(place, "dockerd", { dataVolume });
  const name = place.name("dockerd");
  const places = {
    linked: { links: [`${name}:docker`], env: ["DOCKER_HOST=tcp://docker:2375"] },
    // As the containers of a Kubernetes pod.
    beside: { network: `container:${name}`, env: ["DOCKER_HOST=tcp://127.0.0.1:2375"] },
  };
  for (const [key, options] of Object.entries(places)) {
    await using runner = await startRegistered(key, { image, ...options });
    await runJob();
    expect(await runner.stop()).toBe(0);
  }
  expect(await dind.contents()).toEqual([]);
});
