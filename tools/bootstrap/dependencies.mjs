// `npm ci`, unless what is installed is what the lockfile asks for. npm writes down what it installed as the last thing
// it does, so an interrupted installation is seen.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { explain } from "./causes.mjs";
import { environmentWith, runNpm } from "./node.mjs";
import { project } from "./places.mjs";
import { step } from "./progress.mjs";

export async function ensureDependencies(node) {
  const wanted = packagesIn(join(project, "package-lock.json"));
  const installed = packagesIn(join(project, "node_modules", ".package-lock.json"));
  if (wanted && installed && satisfies(installed, wanted)) return;
  await step("installing the dependencies (npm ci)", async (onLine) => {
    const { ok, output } = await runNpm(["ci"], { cwd: project, env: environmentWith(node), onLine });
    if (!ok) throw explain("npm", "npm ci", output);
  });
}

/** Packages for other systems are in the lockfile, but not installed. */
export function satisfies(installed, wanted) {
  const names = Object.keys(wanted).filter((name) => name !== "");
  return (
    Object.keys(installed).every((name) => name in wanted) &&
    names.every((name) => {
      const [want, have] = [wanted[name], installed[name]];
      return have ? have.version === want.version && have.integrity === want.integrity : Boolean(want.optional);
    })
  );
}

function packagesIn(file) {
  try {
    return JSON.parse(readFileSync(file, "utf8")).packages;
  } catch {
    return undefined;
  }
}
