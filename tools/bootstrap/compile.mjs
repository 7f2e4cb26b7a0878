// src -> dist, when the sources have changed since the last time.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BootstrapFailure } from "./failure.mjs";
import { environmentWith, runNpm } from "./node.mjs";
import { cache, project } from "./places.mjs";
import { step } from "./progress.mjs";

const stamp = join(cache, "compiled");

export async function ensureCompiled(node) {
  const sources = hashOfSources();
  if (existsSync(join(project, "dist", "cli.js")) && readStamp() === sources) return;
  await step("compiling (npm run build)", async (onLine) => {
    const { ok, output } = await runNpm(["run", "--silent", "build"], {
      cwd: project,
      env: environmentWith(node),
      onLine,
    });
    if (!ok) {
      const first = output.trim().split("\n").slice(0, 15);
      throw new BootstrapFailure(
        "the sources do not compile",
        "correct the lines above, then run the command again",
        first,
      );
    }
  });
  mkdirSync(cache, { recursive: true });
  writeFileSync(stamp, sources);
}

function hashOfSources() {
  const hash = createHash("sha256");
  const configuration = ["tsconfig.json", "tsconfig.build.json", "package-lock.json"].map((name) =>
    join(project, name),
  );
  for (const file of [...configuration, ...filesIn(join(project, "src"))]) {
    hash.update(`\0${file.slice(project.length)}\0`).update(readFileSync(file));
  }
  return hash.digest("hex");
}

function filesIn(directory) {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    return entry.isDirectory() ? filesIn(path) : [path];
  });
}

const readStamp = () => (existsSync(stamp) ? readFileSync(stamp, "utf8") : undefined);
