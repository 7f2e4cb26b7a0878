// npm run fuzz: sets up Node and the dependencies, then gives every reader of foreign input a million inputs. No engine.
import { passThrough } from "../bootstrap/children.mjs";
import { environmentWith } from "../bootstrap/node.mjs";
import { project } from "../bootstrap/places.mjs";
import { prepareNode } from "../bootstrap/prepare.mjs";

export async function fuzz(args) {
  const node = await prepareNode();
  return passThrough(node, ["fuzz/run.ts", ...args], { env: environmentWith(node, {}), cwd: project });
}
