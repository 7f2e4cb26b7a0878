// npm run bench: sets up all it needs, then measures how fast the agent is.
import { passThrough } from "../bootstrap/children.mjs";
import { project } from "../bootstrap/places.mjs";
import { prepare } from "../bootstrap/prepare.mjs";

const images = ["base", "helper", "docker", "dind"];

export async function bench(args) {
  const mayStart = !args.includes("--no-engine");
  const { node, env } = await prepare({ images, mayStart });
  const rest = args.filter((arg) => arg !== "--no-engine");
  return passThrough(node, ["bench/run.ts", ...rest], { env, cwd: project });
}
