// A Node that can run the project: the one that runs the bootstrap when it is new enough, else a binary from the
// package registry, kept under .cache. Never a dependency of the project: it is 190 MB.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { explain } from "./causes.mjs";
import { capture } from "./children.mjs";
import { BootstrapFailure } from "./failure.mjs";
import { cache } from "./places.mjs";
import { step } from "./progress.mjs";
import { nodeVersion, oldestNode } from "./versions.mjs";

/** @returns {Promise<string>} the path of a fitting node */
export async function ensureNode() {
  return isFitting(process.versions.node) ? process.execPath : ensureNodeBinary(process.platform);
}

export function isFitting(version) {
  const [major, minor] = version.replace(/^v/, "").split(".").map(Number);
  return major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1]);
}

/** The pinned binary, whatever Node runs the bootstrap: an image is made of it too. */
export async function ensureNodeBinary(platform) {
  const packageName = packageFor(platform, process.arch);
  const home = join(cache, "node");
  const directory = join(home, "node_modules", packageName);
  const binary = join(directory, "bin", "node");
  if (existsSync(binary) && versionIn(directory) === nodeVersion) return binary;
  await step(`fetching Node ${nodeVersion} into .cache/node`, async (onLine) => {
    mkdirSync(home, { recursive: true });
    const args = ["install", "--prefix", home, "--ignore-scripts", "--no-save", `${packageName}@${nodeVersion}`];
    const { ok, output } = await runNpm(args, { cwd: home, onLine });
    if (!ok) throw explain("npm", `fetching Node ${nodeVersion}`, output);
  });
  return binary;
}

export async function runNpm(args, options) {
  try {
    return await capture("npm", args, { limit: 600_000, ...options });
  } catch (error) {
    throw new BootstrapFailure(
      `npm cannot be started (${error.message})`,
      "install npm (it comes with Node; Debian has it as the package npm), then run the command again",
    );
  }
}

/** The environment in which `node` is that binary, for npm and all that it starts. */
export function environmentWith(node, more = {}) {
  return { ...process.env, PATH: [dirname(node), process.env.PATH].filter(Boolean).join(delimiter), ...more };
}

export function packageFor(platform, arch) {
  if (platform === "linux" && (arch === "x64" || arch === "arm64")) return `node-linux-${arch}`;
  throw new BootstrapFailure(
    `there is no prepared Node ${nodeVersion} for ${platform} on ${arch}`,
    `install Node ${oldestNode.join(".")} or newer yourself and run the command with it`,
  );
}

function versionIn(directory) {
  try {
    return JSON.parse(readFileSync(join(directory, "package.json"), "utf8")).version;
  } catch {
    return undefined; // half installed
  }
}
