import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { localUplinkMtu, smallMtu } from "../../../src/daemon/network-mtu.ts";
import { connectEngine, images } from "../../support/engine.ts";
import { Container } from "./container.ts";
import type { Place } from "./place.ts";

const limitMs = 60_000;
const pauseMs = 50;

export interface DindOptions {
  readonly dataVolume: string;
  /** Gets the clients' certificates; without it the daemon speaks plain HTTP on 2375. */
  readonly certificateVolume?: string;
  /** On it others reach the daemon by its name. Default: the default bridge. */
  readonly network?: string;
}

/** A long-lived daemon in a container, as an admin starts it beside the runner. */
export class Dind implements AsyncDisposable {
  readonly #place: Place;
  readonly #container: Container;

  private constructor(place: Place, container: Container) {
    this.#place = place;
    this.#container = container;
  }

  static async start(place: Place, name: string, options: DindOptions): Promise<Dind> {
    const { dataVolume, certificateVolume, network } = options;
    const isTls = certificateVolume !== undefined;
    const mtu = smallMtu(await localUplinkMtu());
    const container = await Container.start(place, name, {
      image: images.dind,
      env: [`DOCKER_TLS_CERTDIR=${isTls ? "/certs" : ""}`, `DOCKER_TLS_SAN=DNS:${name}`],
      command: [
        "--storage-driver=overlay2",
        ...(isTls ? [] : ["--tls=false"]),
        ...(mtu === null ? [] : [`--mtu=${mtu}`]),
      ],
      privileged: true,
      volumes: [`${dataVolume}:/var/lib/docker`, ...(isTls ? [`${certificateVolume}:/certs/client`] : [])],
      ...(network === undefined ? {} : { network, alias: name }),
    });
    const dind = new Dind(place, container);
    await dind.#answers();
    return dind;
  }

  /** Gives a daemon without TLS images of the engine that it runs on, as `docker save | docker load`. */
  async load(names: readonly string[]): Promise<void> {
    const { engine } = this.#place;
    const { NetworkSettings } = await engine.getContainer(this.#container.id).inspect();
    const address = Object.values(NetworkSettings.Networks)[0]?.IPAddress ?? "";
    // Missing in the client's types.
    const { getImages } = engine as unknown as {
      getImages: (options: { names: readonly string[] }) => Promise<Readable>;
    };
    const saved = await getImages.call(engine, { names });
    const answer = await connectEngine(`tcp://${address}:2375`).loadImage(saved, { quiet: true });
    for await (const _ of Readable.from(answer));
  }

  /** What its own `docker` prints. */
  async docker(...args: readonly string[]): Promise<string> {
    const { code, output } = await this.#exec(...args);
    if (code !== 0) throw new Error(output);
    return output;
  }

  /** Containers, volumes, and networks that are not Docker's own. */
  async contents(): Promise<readonly string[]> {
    const found = [
      await this.docker("ps", "--all", "--quiet"),
      await this.docker("volume", "ls", "--quiet"),
      await this.docker("network", "ls", "--quiet", "--filter", "type=custom"),
    ];
    return found.join("").split("\n").filter(Boolean);
  }

  /** Its data stay on their volume, for the next. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#container.stop();
    await this.#container[Symbol.asyncDispose]();
  }

  async #answers(): Promise<void> {
    const limit = AbortSignal.timeout(limitMs);
    for (;;) {
      const { code, output } = await this.#exec("version");
      if (code === 0) return;
      if (limit.aborted) throw new Error(`the daemon does not answer: ${output}\n${this.#container.log}`);
      await pause(pauseMs);
    }
  }

  #exec(...args: readonly string[]) {
    const env = ["DOCKER_HOST=unix:///var/run/docker.sock", "DOCKER_TLS_VERIFY="];
    return this.#container.exec(["docker", ...args], { env });
  }
}
