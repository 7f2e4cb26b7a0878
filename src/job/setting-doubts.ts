import type { Doubt } from "../config/problem.ts";
import type { RunnerConfig } from "../config/schema.ts";
import { containerDoubts } from "./container-doubts.ts";
import { globMatcher } from "./globs.ts";
import { parseImage } from "./image.ts";
import { limitDoubts } from "./limit-doubts.ts";
import { effectivePullPolicies } from "./policy.ts";
import { JobRefusal } from "./refusal.ts";

type Entry = Pick<RunnerConfig, "builds_dir" | "cache_dir" | "clone_url" | "docker" | "environment">;

/** Of an entry without faults (see settingFaults). */
export function settingDoubts(entry: Entry): Doubt[] {
  return [
    ...entryDoubts(entry),
    ...imageDoubts(entry),
    ...patternDoubts(entry),
    ...limitDoubts(entry.docker),
    ...containerDoubts(entry.docker),
  ];
}

function entryDoubts({ environment, cache_dir, clone_url }: Entry): Doubt[] {
  const doubts: Doubt[] = [];
  environment.forEach((line, index) => {
    if (line.includes("=")) return;
    // It may be a password that lost its name.
    const text = "a variable without = is not used";
    doubts.push({ path: ["environment", index], text, hint: 'write "KEY=value"' });
  });
  if (cache_dir !== "" && !cache_dir.startsWith("/")) {
    const text = `${JSON.stringify(cache_dir)} is not an absolute path`;
    doubts.push({ path: ["cache_dir"], text, hint: "write a path such as /cache" });
  }
  if (clone_url !== "" && !clone_url.includes("$") && !URL.canParse(clone_url)) {
    const text = "is not a URL, so that jobs can't fetch their sources";
    doubts.push({ path: ["clone_url"], text, hint: 'write clone_url = "https://gitlab.example.com"' });
  }
  return doubts;
}

function imageDoubts({ docker }: Entry): Doubt[] {
  const images: (readonly [Doubt["path"], string])[] = [
    [["docker", "image"], docker.image],
    [["docker", "helper_image"], docker.helper_image],
    ...docker.services.map(({ name }, index) => [["docker", "services", index, "name"], name || " "] as const),
  ];
  const doubts = images
    // What a variable is, only a job knows.
    .filter(([, image]) => image !== "" && !image.includes("$") && parseImage(image) === null)
    .map(([path, image]) => {
      const text = `${JSON.stringify(image.trim())} is not an image's name, so that jobs which use it fail`;
      return { path, text, hint: "name an image as REGISTRY/NAME:TAG" };
    });
  return [...doubts, ...policyDoubts(docker)];
}

function policyDoubts({ pull_policy, allowed_pull_policies }: Entry["docker"]): Doubt[] {
  try {
    effectivePullPolicies("", [], pull_policy, allowed_pull_policies);
    return [];
  } catch (error) {
    if (!(error instanceof JobRefusal)) throw error;
    const lacking = pull_policy.length === 0 ? '"always", the default,' : "what pull_policy says";
    const text = `${lacking} is not among them, so that jobs without a pull policy of their own fail`;
    return [{ path: ["docker", "allowed_pull_policies"], text, hint: error.hint }];
  }
}

const patternKeys = [
  "allowed_images",
  "allowed_services",
  "allowed_privileged_images",
  "allowed_privileged_services",
  "keep_images",
] as const;

function patternDoubts({ docker }: Entry): Doubt[] {
  const patterns = [
    ...patternKeys.flatMap((key) => docker[key].map((pattern, index) => [["docker", key, index], pattern] as const)),
    ...Object.keys(docker.services_devices).map((name) => [["docker", "services_devices", name], name] as const),
  ];
  return patterns.flatMap(([path, pattern]) => {
    try {
      globMatcher(pattern);
      return [];
    } catch {
      const text = `the pattern ${JSON.stringify(pattern)} cannot be used, and matches no image`;
      return [{ path, text, hint: "close its brackets and braces" }];
    }
  });
}
