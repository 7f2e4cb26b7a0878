import { readFileSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import type { Engine } from "../../../src/docker/engine.ts";
import { engineHost } from "../../support/engine.ts";

const known = JSON.parse(readFileSync(join(import.meta.dirname, "../../../.cache/engine.json"), "utf8")) as {
  host: string;
  private: boolean;
};

/**
 * Lets images be there under the names that pipelines know them by: on the project's private engine, which no registry
 * answers, our own ones get those names; any other engine pulls. Disposing of it takes the names away again.
 */
export async function nameImages(engine: Engine, standIns: Readonly<Record<string, string>>): Promise<AsyncDisposable> {
  await using cleanup = new AsyncDisposableStack();
  const isPrivate = known.private && known.host === engineHost;
  for (const [name, standIn] of Object.entries(standIns)) {
    if (isPrivate) {
      const [repo = "", tag = ""] = name.split(":");
      await engine.getImage(standIn).tag({ repo, tag });
      cleanup.defer(() => engine.getImage(name).remove());
    } else if (!(await isThere(engine, name))) await pull(engine, name);
  }
  return cleanup.move();
}

function isThere(engine: Engine, name: string): Promise<boolean> {
  return engine
    .getImage(name)
    .inspect()
    .then(
      () => true,
      () => false,
    );
}

async function pull(engine: Engine, name: string): Promise<void> {
  try {
    const output = await text(await engine.pull(name));
    if (output.includes('"error"')) throw new Error(output);
  } catch (error) {
    throw new Error(`these tests need the image ${name}, and the engine ${engineHost} can't pull it`, { cause: error });
  }
}
