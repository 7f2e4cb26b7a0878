// The images that the tests and the demo use, in the order in which they are built. Each is named by the hash of all
// that goes into it, so that a changed recipe is built and an unchanged one is found in the engine.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import { nodeVersion, npmVersion } from "../bootstrap/versions.mjs";
import { project } from "../bootstrap/places.mjs";

const contexts = join(project, "test/fixtures/images");
const wrapper = join(project, "tools/engine/runc-capability-wrapper.sh");

export const suite = "bookworm";
const rootRecipe = join(project, "tools/images/debian-root.sh");
const addedAuthorities = "/usr/local/share/ca-certificates";

/** `from`: the image built before; `files`, `directories`: what its context gets from elsewhere; `versions`: of downloads. */
const recipes = [
  { name: "root", files: [rootRecipe], versions: [suite, process.arch] },
  { name: "base", from: "root", directories: [addedAuthorities] },
  { name: "helper", from: "base" },
  { name: "docker", from: "helper", files: [wrapper] },
  { name: "dind", from: "docker" },
  { name: "node", from: "base", versions: [nodeVersion, npmVersion] },
  { name: "registry", from: "base" },
  { name: "python", from: "base" },
  { name: "s3", from: "python" },
  { name: "tiny", from: "docker" },
  { name: "nonroot", from: "base" },
];

/** @returns {{ name: string, from?: string, reference: string, base?: string, context?: string, extras: string[] }[]} */
export function imagePlan() {
  const references = new Map();
  return recipes.map(({ name, from, files = [], directories = [], versions = [] }) => {
    const context = from && join(contexts, name);
    const extras = [...files, ...directories];
    const hash = createHash("sha256").update(JSON.stringify([references.get(from), versions]));
    for (const file of [context, ...extras].flatMap(filesIn))
      hash.update(`\0${basename(file)}\0`).update(readFileSync(file));
    const reference = `longshore-dev/${name}:${hash.digest("hex").slice(0, 12)}`;
    references.set(name, reference);
    return { name, from, reference, base: references.get(from), context, extras };
  });
}

/** The images that are asked for, and those they are built from. */
export function withParents(plan, names) {
  const wanted = new Set(names);
  for (const { name, from } of [...plan].reverse()) if (wanted.has(name) && from) wanted.add(from);
  return plan.filter(({ name }) => wanted.has(name));
}

function filesIn(path) {
  if (!path || !existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesIn(join(path, name)));
}
