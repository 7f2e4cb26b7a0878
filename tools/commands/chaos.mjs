// npm run chaos, npm run soak: set up all they need, then run jobs while everything goes wrong, or for a long time.
import { passThrough } from "../bootstrap/children.mjs";
import { project } from "../bootstrap/places.mjs";
import { prepare } from "../bootstrap/prepare.mjs";

const images = ["base", "helper", "docker", "dind"];

export const chaos = (args) => run("chaos/run.ts", args);
export const soak = (args) => run("chaos/soak.ts", args);

async function run(program, args) {
  const mayStart = !args.includes("--no-engine");
  const { node, env } = await prepare({ images, mayStart });
  const rest = args.filter((arg) => arg !== "--no-engine");
  return passThrough(node, [program, ...rest], { env, cwd: project });
}
