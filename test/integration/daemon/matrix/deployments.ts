import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shortToken } from "../../../../src/coordinator/token.ts";
import type { Engine } from "../../../../src/docker/engine.ts";
import { Container, type ContainerOptions } from "../../../e2e/container/container.ts";
import { Dind } from "../../../e2e/container/dind.ts";
import { leftByJobs, Place } from "../../../e2e/container/place.ts";
import { projectImage } from "../../../e2e/container/project-image.ts";
import { registration } from "../../../e2e/container/registration.ts";
import { startTestCoordinator, type TestCoordinator } from "../../../support/coordinator.ts";
import { connectEngine, engineHost, images } from "../../../support/engine.ts";
import { Field } from "./field.ts";
import { nonRootImage } from "./non-root-image.ts";

/** A field whose agent is a container. */
export interface Deployment extends AsyncDisposable {
  readonly field: Field;
}

/** A network, a privileged dind that stays, and an agent in a container, which is told of it by DOCKER_HOST and registered by flags. */
export async function longLivedDind(): Promise<Deployment> {
  await using cleanup = new AsyncDisposableStack();
  const place = cleanup.use(Place.of());
  const { name: network, gateway } = await place.network("gitlab-runner-net");
  const coordinator = cleanup.use(await startTestCoordinator({ listen: [`${gateway}:0`] }));
  const dataVolume = await place.volume("dind-data");
  const dind = cleanup.use(await Dind.start(place, "gitlab-dind", { dataVolume, network }));
  await dind.load([images.docker]);
  const { NetworkSettings } = await place.engine.getContainer(place.name("gitlab-dind")).inspect();
  const inner = connectEngine(`tcp://${NetworkSettings.Networks[network]?.IPAddress ?? ""}:2375`);
  const agent = {
    image: await projectImage(place.engine, "agent"),
    network,
    env: ["DOCKER_HOST=tcp://gitlab-dind:2375"],
  };
  await startRegistered(cleanup, place, coordinator, inner, agent, {
    "docker-image": images.docker,
    "docker-helper-image": images.docker,
    "docker-disable-cache": "true",
    "docker-volumes": "/var/run/docker.sock:/var/run/docker.sock",
  });
  return await deployed(cleanup, coordinator, inner);
}

/** An agent in a container with the socket of the host's daemon, which it hands on to its jobs. */
export async function inContainer(): Promise<Deployment> {
  await using cleanup = new AsyncDisposableStack();
  const place = cleanup.use(Place.of());
  const { engine } = place;
  const coordinator = cleanup.use(await startTestCoordinator({ listen: [`${await place.hostAddress()}:0`] }));
  const builds = await mkdtemp(join(tmpdir(), "longshore-test-"));
  cleanup.defer(() => rm(builds, { recursive: true, force: true }));
  const socket = engineHost.startsWith("unix://") ? engineHost.slice("unix://".length) : "/var/run/docker.sock";
  const agent = { image: await projectImage(engine, "agent"), volumes: [`${socket}:/var/run/docker.sock`] };
  await startRegistered(cleanup, place, coordinator, engine, agent, {
    "builds-dir": builds,
    "docker-image": images.docker,
    "docker-helper-image": images.helper,
    "docker-daemon-wiring": "socket",
    "docker-daemon-socket-path": socket,
  });
  return await deployed(cleanup, coordinator, engine);
}

async function startRegistered(
  cleanup: AsyncDisposableStack,
  place: Place,
  coordinator: TestCoordinator,
  engine: Engine,
  options: ContainerOptions,
  flags: Readonly<Record<string, string>>,
): Promise<void> {
  cleanup.defer(async () => {
    const left = await leftByJobs(engine, coordinator.runner.token);
    if (left.length > 0) throw new Error(`left on the engine: ${left.join(" ")}`);
  });
  const own = [`${await place.volume("config")}:/etc/longshore`, `${await place.volume("state")}:/var/lib/longshore`];
  const installed = { ...options, volumes: [...own, ...(options.volumes ?? [])] };
  const concurrent = ["sed", "-i", "s/^concurrent = .*/concurrent = 6/", "/etc/longshore/config.toml"];
  for (const step of [{ command: registration(coordinator, flags) }, { entrypoint: concurrent }]) {
    const { code, output } = await Container.run(place, "register", { ...installed, ...step });
    if (code !== 0) throw new Error(output);
  }
  const runner = cleanup.use(await Container.start(place, "runner", installed));
  // What ends its jobs before it is removed.
  cleanup.defer(async () => void (await runner.stop()));
}

async function deployed(
  cleanup: AsyncDisposableStack,
  coordinator: TestCoordinator,
  engine: Engine,
): Promise<Deployment> {
  const nonRoot = cleanup.use(await nonRootImage(engine)).name;
  const { token } = coordinator.runner;
  const ofAgent = `com.gitlab.gitlab-runner.runner.id=${shortToken(token)}`;
  const field = new Field({ coordinator, tag: "test", engine, shared: engine, ofAgent, nonRoot });
  const owned = cleanup.move();
  return { field, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
