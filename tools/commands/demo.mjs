// npm run demo: sets up all it needs, then does the project's main job before your eyes.
import { passThrough } from "../bootstrap/children.mjs";
import { project } from "../bootstrap/places.mjs";
import { prepare } from "../bootstrap/prepare.mjs";

// What the demo's pipelines run in; the tests need more.
const images = ["base", "helper", "docker", "dind", "node"];

export async function demo(args) {
  const mayStart = !args.includes("--no-engine");
  const { node, env } = await prepare({ images, mayStart });
  const rest = args.filter((arg) => arg !== "--no-engine");
  return passThrough(node, ["demo/run.ts", ...rest], { env, cwd: project });
}
