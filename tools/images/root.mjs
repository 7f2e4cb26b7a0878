// The image that all others stand on: Debian, minimal. Pulled where a registry answers, else made by debootstrap.
import { createReadStream, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { explain } from "../bootstrap/causes.mjs";
import { capture } from "../bootstrap/children.mjs";
import { engine } from "../bootstrap/places.mjs";
import { installEnginePackages, requireRootOnDebian, systemPath } from "../engine/packages.mjs";
import { debianMirror } from "./mirror.mjs";
import { suite } from "./recipes.mjs";

const script = fileURLToPath(new URL("debian-root.sh", import.meta.url));
const pullLimit = 30_000;

export async function makeRoot(found, { reference }, onLine) {
  // The private engine exists because nothing else does: no registry is tried from there.
  if (!found.private && (await pulled(found.client, reference))) return;
  const tarFile = join(engine.cache, `${reference.replace(/[/:]/g, "-")}.tar`);
  if (!existsSync(tarFile)) await bootstrapDebian(tarFile, onLine);
  onLine("importing the root file system");
  await importTar(found.client, reference, tarFile);
}

async function pulled(client, reference) {
  const image = `debian:${suite}-slim`;
  const isThere = async () => (await client.call("GET", `/images/${image}/json`)).status === 200;
  if (!(await isThere())) {
    const pull = client.call("POST", `/images/create?fromImage=debian&tag=${suite}-slim`, { limit: pullLimit });
    await pull.catch(() => {}); // no registry within the limit: the next line sees it
    if (!(await isThere())) return false;
  }
  const [repo, tag] = reference.split(":");
  const { status } = await client.call("POST", `/images/${image}/tag?repo=${encodeURIComponent(repo)}&tag=${tag}`);
  return status === 201;
}

async function bootstrapDebian(tarFile, onLine) {
  requireRootOnDebian("no registry answers, and the images can be made from Debian's packages");
  await installEnginePackages();
  mkdirSync(engine.cache, { recursive: true });
  const args = [script, suite, debianMirror(suite), join(engine.cache, "debootstrap"), tarFile];
  const run = () => capture("sh", args, { env: { ...process.env, PATH: systemPath }, onLine, limit: 600_000 });
  let result = await run();
  if (!result.ok) result = await run(); // a mirror drops a connection now and then
  if (!result.ok) throw explain("image", "debootstrap (the root file system of the images)", result.output);
}

async function importTar(client, reference, tarFile) {
  const [repo, tag] = reference.split(":");
  const path = `/images/create?fromSrc=-&repo=${encodeURIComponent(repo)}&tag=${tag}`;
  const { status, text } = await client.call("POST", path, { body: createReadStream(tarFile), limit: 300_000 });
  if (status !== 200 || text.includes('"errorDetail"')) throw explain("image", "importing the root file system", text);
}
