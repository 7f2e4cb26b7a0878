// The build context of an image as a tar stream: its own directory, and what it needs from elsewhere beside that.
import { existsSync, mkdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { startChild } from "../bootstrap/children.mjs";
import { explain } from "../bootstrap/causes.mjs";
import { ensureNodeBinary, runNpm } from "../bootstrap/node.mjs";
import { cache } from "../bootstrap/places.mjs";
import { npmVersion } from "../bootstrap/versions.mjs";

export async function contextOf({ name, context, extras }, onLine) {
  const outside = extras.filter(existsSync).map((path) => ["-C", dirname(path), basename(path)]);
  if (name === "node") outside.push(...(await nodeAndNpm(onLine)));
  const tar = startChild("tar", ["-c", "-C", context, ".", ...outside.flat()], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  return tar.stdout;
}

async function nodeAndNpm(onLine) {
  const node = await ensureNodeBinary("linux");
  const home = join(cache, "npm");
  mkdirSync(home, { recursive: true });
  const args = ["install", "--prefix", home, "--ignore-scripts", "--no-save", `npm@${npmVersion}`];
  const { ok, output } = await runNpm(args, { onLine, cwd: home });
  if (!ok) throw explain("npm", `npm install npm@${npmVersion}`, output);
  return [
    ["-C", dirname(node), "node"],
    ["-C", join(home, "node_modules"), "npm"],
  ];
}
