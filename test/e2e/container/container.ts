import { EventEmitter, once } from "node:events";
import { inspectContainer, stopContainer, waitContainer } from "../../../src/docker/container.ts";
import { followLog } from "../../../src/docker/stamped-log.ts";
import { type Ended, execIn } from "./exec-in.ts";
import type { Place } from "./place.ts";

const limitMs = 60_000;

/** The options of `docker run` by their names there. What is not given is the image's own, or Docker's default. */
export interface ContainerOptions {
  readonly image: string;
  readonly entrypoint?: readonly string[];
  readonly command?: readonly string[];
  readonly volumes?: readonly string[];
  readonly env?: readonly string[];
  readonly network?: string;
  /** Its name for others on that network. */
  readonly alias?: string;
  readonly links?: readonly string[];
  readonly user?: string;
  readonly groups?: readonly string[];
  readonly privileged?: boolean;
  readonly stopSignal?: string;
}

/** A container that a test has started, and what it prints. Disposing of it is `docker rm -f`. */
export class Container implements AsyncDisposable {
  readonly id: string;
  readonly #place: Place;
  readonly #news = new EventEmitter();
  #log = "";
  #hasEnded = false;
  #reading: Promise<void> = Promise.resolve();

  private constructor(place: Place, id: string) {
    this.#place = place;
    this.id = id;
  }

  /** As `docker run -d`. */
  static async start(place: Place, name: string, options: ContainerOptions): Promise<Container> {
    const container = new Container(place, await place.start(name, createOptions(options)));
    container.#reading = container.#follow();
    return container;
  }

  /** As `docker run --rm`. */
  static async run(place: Place, name: string, options: ContainerOptions): Promise<Ended> {
    await using container = await Container.start(place, name, options);
    const code = await waitContainer(place.engine, container.id, AbortSignal.timeout(limitMs));
    await container.#reading;
    return { code, output: container.log };
  }

  /** What it has printed so far. */
  get log(): string {
    return this.#log;
  }

  /** Resolves when the log holds the text; rejects when the container has ended without it. */
  async says(text: string): Promise<void> {
    const signal = AbortSignal.timeout(limitMs);
    while (!this.#log.includes(text)) {
      if (this.#hasEnded || signal.aborted) throw new Error(`it did not say "${text}":\n${this.#log}`);
      await once(this.#news, "news", { signal }).catch(() => {});
    }
  }

  /** As `docker exec -i`. */
  exec(
    command: readonly string[],
    options: { readonly env?: readonly string[]; readonly input?: string } = {},
  ): Promise<Ended> {
    return execIn(this.#place.engine, this.id, command, options);
  }

  /** As `docker stop`: the exit code, which is 137 when it had to be killed. */
  async stop(graceSeconds = 60): Promise<number> {
    const signal = AbortSignal.timeout(2 * limitMs);
    await stopContainer(this.#place.engine, this.id, graceSeconds, signal);
    await this.#reading;
    return (await inspectContainer(this.#place.engine, this.id, signal)).exitCode;
  }

  /** What it was doing it can't finish. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#place.remove(this.id);
    await this.#reading;
  }

  async #follow(): Promise<void> {
    const pieces: Buffer[] = [];
    try {
      for await (const { bytes } of await followLog(this.#place.engine, this.id, new AbortController().signal)) {
        pieces.push(bytes);
        this.#log = Buffer.concat(pieces).toString("utf8");
        this.#news.emit("news");
      }
    } finally {
      this.#hasEnded = true;
      this.#news.emit("news");
    }
  }
}

function createOptions(options: ContainerOptions) {
  const { image, network, alias } = options;
  return {
    Image: image,
    ...(options.entrypoint && { Entrypoint: [...options.entrypoint] }),
    ...(options.command && { Cmd: [...options.command] }),
    Env: [...(options.env ?? [])],
    ...(options.user && { User: options.user }),
    ...(options.stopSignal && { StopSignal: options.stopSignal }),
    HostConfig: {
      Binds: [...(options.volumes ?? [])],
      GroupAdd: [...(options.groups ?? [])],
      Privileged: options.privileged ?? false,
      ...(network && { NetworkMode: network }),
      ...(options.links && { Links: [...options.links] }),
    },
    ...(network && alias && { NetworkingConfig: { EndpointsConfig: { [network]: { Aliases: [alias] } } } }),
  };
}
