import { EventEmitter, once } from "node:events";
import { followLog, inspectContainer, stopContainer, waitContainer } from "../../../src/docker/container.ts";
import { demux } from "../../../src/docker/demux.ts";
import { type Ended, execIn } from "./exec-in.ts";
import type { Place } from "./place.ts";

const limitMs = 60_000;

export interface RunnerOptions {
  readonly image: string;
  /** Default: the image's own, `run --wait-for-config`. */
  readonly command?: readonly string[];
  readonly binds: readonly string[];
  readonly env?: readonly string[];
  /** Default: the default bridge. */
  readonly network?: string;
  readonly links?: readonly string[];
  readonly user?: string;
  readonly groups?: readonly string[];
  /** Default: the image's own. */
  readonly stopSignal?: string;
}

/** Longshore in a container. */
export class RunnerContainer {
  readonly id: string;
  readonly #place: Place;
  readonly #news = new EventEmitter();
  #log = "";
  #hasEnded = false;
  #reading: Promise<void> | null = null;

  private constructor(place: Place, id: string) {
    this.#place = place;
    this.id = id;
  }

  /** As `docker run -d`. */
  static async start(place: Place, name: string, options: RunnerOptions): Promise<RunnerContainer> {
    const id = await place.start(name, {
      Image: options.image,
      ...(options.command === undefined ? {} : { Cmd: [...options.command] }),
      Env: [...(options.env ?? [])],
      ...(options.user === undefined ? {} : { User: options.user }),
      ...(options.stopSignal === undefined ? {} : { StopSignal: options.stopSignal }),
      HostConfig: {
        Binds: [...options.binds],
        GroupAdd: [...(options.groups ?? [])],
        ...(options.network === undefined ? {} : { NetworkMode: options.network }),
        ...(options.links === undefined ? {} : { Links: [...options.links] }),
      },
    });
    const runner = new RunnerContainer(place, id);
    runner.#reading = runner.#follow();
    return runner;
  }

  /** As `docker run --rm`: the command's end and all that it printed. */
  static async run(place: Place, options: RunnerOptions): Promise<Ended> {
    const runner = await RunnerContainer.start(place, "once", options);
    const code = await waitContainer(place.engine, runner.id, AbortSignal.timeout(limitMs));
    await runner.#reading;
    await place.remove(runner.id);
    return { code, output: runner.log };
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
  exec(command: readonly string[], input = ""): Promise<Ended> {
    return execIn(this.#place.engine, this.id, command, { input });
  }

  /** As `docker stop`: the exit code, which is 137 when it had to be killed. */
  async stop(graceSeconds = 60): Promise<number> {
    const signal = AbortSignal.timeout(2 * limitMs);
    await stopContainer(this.#place.engine, this.id, graceSeconds, signal);
    await this.#reading;
    return (await inspectContainer(this.#place.engine, this.id, signal)).exitCode;
  }

  /** As `docker rm -f`: what it was doing it can't finish. */
  async kill(): Promise<void> {
    await this.#place.remove(this.id);
    await this.#reading;
  }

  async #follow(): Promise<void> {
    const stream = await followLog(this.#place.engine, this.id, new AbortController().signal);
    const pieces: Buffer[] = [];
    try {
      for await (const { bytes } of demux(stream)) {
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
