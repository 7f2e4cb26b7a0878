import { Readable } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { type Engine, readFacts } from "../../src/docker/engine.ts";

const readyLimitMs = 60_000;
const pauseMs = 50;

/** Resolves when a daemon in a container answers; rejects with its last answer after a minute. */
export async function untilAnswers(engine: Engine): Promise<void> {
  const limit = AbortSignal.timeout(readyLimitMs);
  for (;;) {
    try {
      await readFacts(engine, limit);
      return;
    } catch (error) {
      if (limit.aborted) throw error;
    }
    await pause(pauseMs);
  }
}

/** As `docker save | docker load`: layers that images share go over once. */
export async function copyImages(from: Engine, to: Engine, names: readonly string[]): Promise<void> {
  // Missing in the client's types.
  const { getImages } = from as unknown as { getImages: (options: { names: readonly string[] }) => Promise<Readable> };
  const answer = await to.loadImage(await getImages.call(from, { names }), { quiet: true });
  for await (const _ of Readable.from(answer));
}
