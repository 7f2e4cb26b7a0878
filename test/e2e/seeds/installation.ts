import { randomBytes } from "node:crypto";
import { localUplinkMtu, smallMtu } from "../../../src/daemon/network-mtu.ts";
import type { Engine } from "../../../src/docker/engine.ts";
import { connectEngine } from "../../support/engine.ts";
import { copyImages, untilAnswers } from "../../support/nested-daemon.ts";
import type { TestRegistry } from "../../support/registry.ts";

/** A network of its own with a long-lived, privileged docker:dind on it, whose data is on a volume of its own. */
export interface Installation extends AsyncDisposable {
  /** As DOCKER_HOST says it. */
  readonly host: string;
  readonly engine: Engine;
}

const labels = { "dev.longshore.test": "installation" };

/** `names` are the images that the daemon has; it knows the registry's authority. */
export async function startInstallation(
  engine: Engine,
  registry: TestRegistry,
  names: readonly string[],
): Promise<Installation> {
  await using cleanup = new AsyncDisposableStack();
  // Several of them may be on the engine at once, so the names that their users give them have something added.
  const id = randomBytes(4).toString("hex");
  const network = await engine.createNetwork({ Name: `gitlab-runner-net-${id}`, Labels: labels });
  cleanup.defer(() => network.remove());
  const volume = await engine.createVolume({ Name: `gitlab-dind-data-${id}`, Labels: labels });
  cleanup.defer(() => volume.remove());
  const mtu = smallMtu(await localUplinkMtu());
  const container = await engine.createContainer({
    name: `gitlab-dind-${id}`,
    Image: "docker:dind",
    Labels: labels,
    Env: ["DOCKER_TLS_CERTDIR="],
    Cmd: ["--storage-driver=overlay2", "--tls=false", ...(mtu === null ? [] : [`--mtu=${mtu}`])],
    HostConfig: {
      NetworkMode: `gitlab-runner-net-${id}`,
      Privileged: true,
      Binds: [`${volume.name}:/var/lib/docker`, `${registry.certificates}:/etc/docker/certs.d:ro`],
    },
  });
  cleanup.defer(() => container.remove({ force: true, v: true }));
  await container.start();
  const [endpoint] = Object.values((await container.inspect()).NetworkSettings.Networks);
  const host = `tcp://${endpoint?.IPAddress ?? ""}:2375`;
  const daemon = connectEngine(host);
  await untilAnswers(daemon);
  await copyImages(engine, daemon, names);
  const owned = cleanup.move();
  return { host, engine: daemon, [Symbol.asyncDispose]: () => owned.disposeAsync() };
}
