import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { replaceFile } from "../support/replace-file.ts";

/** Far more starts than leave something behind. */
const mostBoots = 1000;
const bootId = /^[0-9a-f]{12}$/;

/**
 * The starts of the agent that this state directory knows, the oldest first. Agents in containers have one id where
 * their configuration has one path, so a label's id doesn't say whose an object is; but a state directory has one holder
 * at a time, and a start that is written down in it and isn't the holder's is over.
 */
export async function readBoots(statePath: string): Promise<string[]> {
  try {
    return (await readFile(join(statePath, "boots"), "utf8")).split("\n").filter((line) => bootId.test(line));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Writes a start down, before it makes anything. Returns the earlier ones. */
export async function recordBoot(statePath: string, boot: string): Promise<ReadonlySet<string>> {
  const earlier = (await readBoots(statePath)).filter((other) => other !== boot).slice(1 - mostBoots);
  await replaceFile(join(statePath, "boots"), [...earlier, boot, ""].join("\n"));
  return new Set(earlier);
}
