import { stat } from "node:fs/promises";
import { dirname, join, relative, resolve, sep } from "node:path";
import { AgentError } from "../support/errors.ts";

export interface Project {
  /** The directory whose files are the repository's. */
  readonly root: string;
  /** The configuration's path from there, with slashes. */
  readonly configPath: string;
}

/**
 * Where the project of a directory begins: the directory itself when the configuration lies in it (or below it),
 * else the nearest one above that has it.
 *
 * @throws AgentError PIPELINE_MISSING, PIPELINE_OUTSIDE
 */
export async function findProject(directory: string, file: string): Promise<Project> {
  const start = resolve(directory);
  if (resolve(start, file) !== join(start, file) || relative(start, resolve(start, file)).startsWith("..")) {
    throw new AgentError("PIPELINE_OUTSIDE", `${file} does not lie in ${start}`, {
      hint: "Name a file by its path from the project's root, and start in that directory.",
      exitCode: 2,
    });
  }
  const configPath = relative(start, resolve(start, file)).split(sep).join("/");
  for (let root = start; ; root = dirname(root)) {
    if (await isFile(join(root, configPath))) return { root, configPath };
    if (dirname(root) === root || (await exists(join(root, ".git")))) break;
  }
  throw new AgentError("PIPELINE_MISSING", `there is no ${configPath} in ${start}`, {
    hint: "Start in a directory that has one, or name it with --file.",
    audience: "author",
    exitCode: 2,
  });
}

async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isFile(),
    () => false,
  );
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
