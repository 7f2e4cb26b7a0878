// All that a command needs, in order. Each part finds its work done within a moment when it is.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findEngine } from "../engine/find.mjs";
import { ensureImages } from "../images/build.mjs";
import { ensureCompiled } from "./compile.mjs";
import { ensureDependencies } from "./dependencies.mjs";
import { withLock } from "./lock.mjs";
import { ensureNode, environmentWith } from "./node.mjs";
import { cache, project } from "./places.mjs";
import { say } from "./progress.mjs";

/** @param {{ images?: string[], mayStart: boolean }} wish @returns the node to use, and the environment to run it in */
export async function prepare({ images, mayStart }) {
  const node = await prepareNode(ensureCompiled);
  const engine = await prepareEngine({ mayStart });
  const references = await ensureImages(engine, images);
  say(`ready: ${node.replace(`${project}/`, "")}, engine ${engine.host}, ${Object.keys(references).length} images`);
  return { node, env: environmentFor(node, engine) };
}

/** Node and the dependencies, and what `more` does with them. @returns the node to use */
export function prepareNode(more = async () => {}) {
  return withLock(join(cache, "bootstrap.lock"), 20 * 60_000, async () => {
    const found = await ensureNode();
    await ensureDependencies(found);
    await more(found);
    return found;
  });
}

/** The engine, and for tests and tools that are run by hand the file that says which. */
export async function prepareEngine({ mayStart }) {
  const engine = await findEngine({ mayStart });
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, "engine.json"), `${JSON.stringify({ host: engine.host, private: engine.private })}\n`);
  return engine;
}

function environmentFor(node, engine) {
  const env = environmentWith(node, { DOCKER_HOST: engine.host });
  if (!process.env.DOCKER_HOST) {
    // These belong to an engine that was not found by them: they would turn a socket's connection into TLS.
    delete env.DOCKER_TLS_VERIFY;
    delete env.DOCKER_CERT_PATH;
  }
  return env;
}
