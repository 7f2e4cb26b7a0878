// Builds the images that the engine does not have yet, with the classic builder: it needs nothing but the engine.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { explain } from "../bootstrap/causes.mjs";
import { withLock } from "../bootstrap/lock.mjs";
import { cache, engineHome } from "../bootstrap/places.mjs";
import { step } from "../bootstrap/progress.mjs";
import { makeRoot } from "./root.mjs";
import { contextOf } from "./context.mjs";
import { imagePlan, withParents } from "./recipes.mjs";

const buildLimit = 600_000;
const proxies = ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy"];

/** @param {string[]} [names] the images to have; all without it. Also writes .cache/images.json for those that use them. */
export async function ensureImages(found, names) {
  const plan = imagePlan();
  const wanted = names ? withParents(plan, names) : plan;
  if ((await missing(found.client, wanted)).length > 0) {
    await withLock(lockFile(), 30 * 60_000, async () => {
      for (const image of await missing(found.client, wanted)) {
        await step(`building the image ${image.reference}`, (onLine) => make(found, image, onLine));
      }
    });
  }
  // All that are there, not only those wanted now: tests that are run by hand find them too.
  const absent = await missing(found.client, plan);
  const there = plan.filter((image) => !absent.includes(image));
  const references = Object.fromEntries(there.map(({ name, reference }) => [name, reference]));
  mkdirSync(cache, { recursive: true });
  writeFileSync(join(cache, "images.json"), `${JSON.stringify(references, undefined, 2)}\n`);
  return references;
}

// Clones that share the machine's root share the private engine, and so this lock.
const lockFile = () => join(process.getuid?.() === 0 ? engineHome : cache, "images.lock");

export async function missing(client, images) {
  const there = await Promise.all(images.map(({ reference }) => client.call("GET", `/images/${reference}/json`)));
  return images.filter((_, position) => there[position].status !== 200);
}

async function make(found, image, onLine) {
  if (image.name === "root") return makeRoot(found, image, onLine);
  let output = await build(found.client, image, onLine);
  if (output !== undefined) output = await build(found.client, image, onLine); // a mirror drops a connection now and then
  if (output !== undefined) throw explain("image", `building the image ${image.name}`, output);
}

/** Nothing when it worked, else what the build said. */
async function build(client, image, onLine) {
  const buildArguments = { BASE: image.base };
  for (const name of proxies) if (process.env[name]) buildArguments[name] = process.env[name];
  const query = new URLSearchParams({
    t: image.reference,
    networkmode: "host",
    rm: "true",
    forcerm: "true",
    buildargs: JSON.stringify(buildArguments),
    labels: JSON.stringify({ "dev.longshore.image": image.name }),
  });
  let output = "";
  const hear = (line) => {
    const { stream = "", error = "" } = JSON.parse(line);
    output += stream + (error && `\n${error}\n`);
    if ((stream + error).trim()) onLine((stream + error).trim());
  };
  const body = await contextOf(image, onLine);
  const { status, text } = await client.call("POST", `/build?${query}`, { body, limit: buildLimit, onLine: hear });
  if (status !== 200) return text;
  return text.includes('"errorDetail"') ? output : undefined;
}
