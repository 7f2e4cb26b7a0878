import { posix } from "node:path";
import type { DaemonContribution } from "../daemon/contribution.ts";
import type { ClassicSocket } from "./classic-socket.ts";
import type { Directories } from "./job-variables.ts";
import { nameParts } from "./job-variables.ts";
import type { PlanInput } from "./plan-input.ts";
import { configurationRefusal } from "./refusal.ts";
import type { Variables } from "./variables.ts";
import { cleanPath, isWithin, type VolumeEntry } from "./volumes.ts";

const defaultBuildsDir = "/builds";

/**
 * Where the job's sources lie in its containers. A builds directory that lies on the daemon's host is shared by all
 * jobs there, so the short token and the slot stand in the path, as GitLab Runner does it.
 */
export function jobDirectories(input: PlanInput, shared: boolean, clonePath: string, strategy: string): Directories {
  const buildsDir = requireDirectory(input.runner.builds_dir);
  const projectDir =
    clonePath === "" ? defaultProjectDir(input, buildsDir, shared, strategy) : customDir(input, buildsDir, clonePath);
  return { buildsDir, projectDir, tempDir: `${projectDir}.tmp` };
}

/** Absolute, and never the root directory. */
export function requireDirectory(configured: string): string {
  const path = cleanPath(configured === "" ? defaultBuildsDir : configured);
  if (path.startsWith("/") && path !== "/") return path;
  throw configurationRefusal(
    "CONFIG_BUILDS_DIR",
    `builds_dir = "${configured}" is not a directory below /`,
    "write an absolute path, such as /builds",
    "admin",
  );
}

/**
 * The job's directories, and what of the daemon's host is mounted for them at the same path ("" for nothing). A
 * directory that the admin mounted as builds_dir, or around it, is shared by all jobs; so is the host's under a wiring
 * whose daemon looks up the job's paths there, or a classic socket volume.
 */
export function planDirectories(
  input: PlanInput,
  variables: Variables,
  entries: readonly VolumeEntry[],
  wiring: DaemonContribution,
  classicSocket: ClassicSocket | null,
  strategy: string,
): { readonly directories: Directories; readonly buildsOnHost: string } {
  // Not CI_BUILDS_DIR, which a job can set to anything.
  const buildsDir = requireDirectory(input.runner.builds_dir);
  const mounted = entries.filter((entry) => entry.source !== "");
  const shared = mounted.some((entry) => isWithin(buildsDir, entry.destination));
  const onHost =
    (wiring.buildsOnHost || classicSocket !== null) && !mounted.some((entry) => entry.destination === buildsDir);
  const directories = jobDirectories(input, shared || onHost, variables.value("GIT_CLONE_PATH"), strategy);
  if (!onHost) return { directories, buildsOnHost: "" };
  // A path of the job's choice may lie beside the slot's directory; both it and its temporary directory must be mounted.
  const slot = slotDir(input, buildsDir);
  return {
    directories,
    buildsOnHost: isWithin(directories.projectDir, slot) && directories.projectDir !== slot ? slot : buildsDir,
  };
}

/** The part of the builds directory that only this slot uses. */
function slotDir(input: PlanInput, buildsDir: string): string {
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
  const path = cleanPath(clonePath);
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
    const url = new URL(input.payload.git_info.repo_url);
    if (url.host === "") return fallback;
    const path = decodeURIComponent(url.pathname);
    const slug = posix.normalize(path.replace(/\/$/, "").replace(/\.git$/, ""));
    return slug === "." || slug === "/" || slug.includes("..") ? fallback : slug.replace(/^\//, "");
  } catch {
    return fallback;
  }
}
