import { addAbortSignal } from "node:stream";
import { attachContainer, waitNextExit } from "../docker/container.ts";
import { demux } from "../docker/demux.ts";
import type { Engine } from "../docker/engine.ts";
import { isDockerError } from "../docker/errors.ts";
import { messageOf } from "../support/errors.ts";

const keptCharacters = 4_000;
const shownCharacters = 200;

/** What a container prints and how it ends, followed from before its start: one that removes itself leaves no log. */
export class WatchedContainer {
  #tail = "";
  readonly #ended = Promise.withResolvers<never>();

  constructor() {
    this.#ended.promise.catch(() => {});
  }

  /** Rejects when it has ended, with how, and with the reason of the signal that it is followed until. */
  get ended(): Promise<never> {
    return this.#ended.promise;
  }

  /** The last thing that it printed; "" for nothing. */
  get lastLine(): string {
    return (this.#tail.trim().split("\n").at(-1) ?? "").slice(0, shownCharacters);
  }

  /** For a container that is created and not started yet. Resolves when it is followed. */
  async follow(engine: Engine, id: string, until: AbortSignal): Promise<void> {
    // What is hijacked is no request any more, and doesn't end with its signal.
    const stream = addAbortSignal(until, await attachContainer(engine, id, until));
    const read = (async () => {
      for await (const { bytes } of demux(stream)) this.#tail = (this.#tail + bytes.toString()).slice(-keptCharacters);
    })();
    const exit = waitNextExit(engine, id, until).then(
      (code) => `it ended with exit code ${code}`,
      (error: unknown) => (isDockerError(error, "not-found") ? "it ended" : messageOf(error)),
    );
    // Its last words are there when its streams have ended.
    void Promise.allSettled([exit, read]).then(async () => this.#ended.reject(new Error(await exit)));
  }
}
