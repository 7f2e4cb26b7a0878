import { posix } from "node:path";
import type { Directories } from "./job-variables.ts";
import { nameParts } from "./job-variables.ts";
import type { PlanInput } from "./plan-input.ts";
import { configurationRefusal } from "./refusal.ts";
import { isWithin } from "./volumes.ts";

/**
 * Where the job's sources lie in its containers. A builds directory that lies on the daemon's host is shared by all
 * jobs there, so the short token and the slot stand in the path, as GitLab Runner does it.
 */
export function jobDirectories(input: PlanInput, shared: boolean, clonePath: string, strategy: string): Directories {
  const buildsDir = posix.normalize(input.runner.builds_dir).replace(/(?<=.)\/$/, "");
  const projectDir = clonePath === "" ? defaultProjectDir(input, buildsDir, shared, strategy) : customDir(input, buildsDir, clonePath);
  return { buildsDir, projectDir, tempDir: `${projectDir}.tmp` };
}

/** The part of the builds directory that only this slot uses. */
export function slotDir(input: PlanInput, buildsDir: string): string {
  return posix.join(buildsDir, nameParts(input).shortToken, String(input.slot.project));
}

function defaultProjectDir(input: PlanInput, buildsDir: string, shared: boolean, strategy: string): string {
  const base = shared ? slotDir(input, buildsDir) : buildsDir;
  return posix.join(base, projectSlug(input)) + (strategy === "empty" ? "-empty" : "");
}

function customDir(input: PlanInput, buildsDir: string, clonePath: string): string {
  if (input.runner.custom_build_dir.enabled === false) {
    throw configurationRefusal(
      "CLONE_PATH_NOT_ALLOWED",
      "setting GIT_CLONE_PATH is not allowed, enable `custom_build_dir` feature",
      "remove GIT_CLONE_PATH, or ask the admin to enable [runners.custom_build_dir] in config.toml",
    );
  }
  const path = posix.normalize(clonePath).replace(/(?<=.)\/$/, "");
  if (isWithin(path, buildsDir) && path !== buildsDir) return path;
  throw configurationRefusal(
    "CLONE_PATH_OUTSIDE",
    `the GIT_CLONE_PATH="${clonePath}" has to be within "${buildsDir}"`,
    "start it with $CI_BUILDS_DIR/",
  );
}

/** `group/project` from the repository's URL, as GitLab Runner names the directory. */
export function projectSlug(input: PlanInput): string {
  const fallback = `project-${input.payload.job_info.project_id}`;
  try {
    const path = decodeURIComponent(new URL(input.payload.git_info.repo_url).pathname);
    const slug = posix.normalize(path.replace(/\/$/, "").replace(/\.git$/, ""));
    return slug === "." || slug === "/" || slug.includes("..") ? fallback : slug.replace(/^\//, "");
  } catch {
    return fallback;
  }
}
