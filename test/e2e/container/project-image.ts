import { createHash } from "node:crypto";
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { pack } from "tar-stream";
import type { Engine } from "../../../src/docker/engine.ts";
import { images } from "../../support/engine.ts";

const root = join(import.meta.dirname, "../../..");
const buildArguments = { BASE: images.node, HELPER_BASE: images.base };
const proxies = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];

interface ContextFile {
  readonly name: string;
  readonly mode: number;
  readonly content: Buffer;
}

/**
 * Builds a target of the project's Dockerfile, on stand-ins for the public images it begins with, and returns the
 * image's name. It stays on the engine, and is found again while nothing that goes into it has changed.
 */
export async function projectImage(engine: Engine, target: "agent" | "helper"): Promise<string> {
  const files = target === "helper" ? await read("Dockerfile") : await context();
  const name = `longshore-test/${target}:${hashOf(files)}`;
  const isThere = await engine
    .getImage(name)
    .inspect()
    .then(
      () => true,
      () => false,
    );
  if (!isThere) await build(engine, name, target, files);
  return name;
}

async function build(engine: Engine, name: string, target: string, files: readonly ContextFile[]): Promise<void> {
  const archive = pack();
  for (const { name: path, mode, content } of files) archive.entry({ name: path, mode }, content);
  archive.finalize();
  const passedOn = proxies.flatMap((key) => (process.env[key] === undefined ? [] : [[key, process.env[key]]]));
  const output = await text(
    await engine.buildImage(archive as unknown as NodeJS.ReadableStream, {
      t: name,
      target,
      // Where containers on a bridge reach no package registry, the host does.
      networkmode: "host",
      rm: true,
      forcerm: true,
      buildargs: { ...buildArguments, ...(Object.fromEntries(passedOn) as Record<string, string>) },
    }),
  );
  if (!output.includes('"errorDetail"')) return;
  const lines = output.split("\r\n").flatMap((line) => (line === "" ? [] : [JSON.parse(line) as BuildLine]));
  throw new Error(lines.map(({ stream = "", error = "" }) => `${stream}${error}`).join(""));
}

interface BuildLine {
  readonly stream?: string;
  readonly error?: string;
}

/** What `docker build .` sends: everything is ignored but what .dockerignore takes back. */
async function context(): Promise<readonly ContextFile[]> {
  const [all, ...rules] = (await readFile(join(root, ".dockerignore"), "utf8")).trim().split("\n");
  if (all !== "*" || rules.some((rule) => !/^![\w.-]+$/.test(rule))) throw new Error(".dockerignore says more now");
  const kept = await Promise.all(["Dockerfile", ...rules.map((rule) => rule.slice(1))].map(read));
  return kept.flat();
}

async function read(path: string): Promise<readonly ContextFile[]> {
  const { mode } = await stat(join(root, path));
  if ((mode & 0o170000) !== 0o040000) {
    return [{ name: path, mode: mode & 0o777, content: await readFile(join(root, path)) }];
  }
  const names = (await readdir(join(root, path))).sort();
  return (await Promise.all(names.map((name) => read(`${path}/${name}`)))).flat();
}

function hashOf(files: readonly ContextFile[]): string {
  const hash = createHash("sha256").update(JSON.stringify(buildArguments));
  for (const { name, mode, content } of files) hash.update(`\0${name}\0${mode}\0${content.length}\0`).update(content);
  return hash.digest("hex").slice(0, 12);
}
