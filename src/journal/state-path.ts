import { createHash } from "node:crypto";
import { realpath } from "node:fs/promises";
import { join, resolve } from "node:path";

/** Where the agent with this configuration keeps its state, whether or not it ever ran; its last part is the agent's id. */
export async function statePathOf(root: string, configPath: string): Promise<string> {
  return pathFor(root, await canonical(configPath));
}

/** @param config as `canonical` gives it */
export function pathFor(root: string, config: string): string {
  return join(root, createHash("sha256").update(config).digest("hex").slice(0, 16));
}

/** So that two spellings of one file are one configuration. */
export async function canonical(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    return resolve(path);
  }
}
