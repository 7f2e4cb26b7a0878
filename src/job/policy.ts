import { globMatcher } from "./globs.ts";
import { configurationRefusal } from "./refusal.ts";

/**
 * Refuses an image that the admin's list doesn't allow. `internal` are the configured defaults, which are always allowed.
 */
export function requireAllowed(
  option: "images" | "services",
  image: string,
  allowed: readonly string[],
  internal: readonly string[],
): void {
  if (allowed.length === 0 || internal.includes(image)) return;
  if (matchesAny(image, allowed)) return;
  throw configurationRefusal(
    "IMAGE_NOT_ALLOWED",
    `The "${image}" image is not present on list of allowed ${option}: ${allowed.join(", ")}`,
    `use one of the allowed ${option}, or ask the admin to add it to allowed_${option} in config.toml`,
  );
}

/** True when `privileged = true` holds for this image: an empty list means every image. */
export function privilegedFor(image: string, allowed: readonly string[]): boolean {
  return allowed.length === 0 || matchesAny(image, allowed);
}

/** A malformed pattern matches nothing, as in GitLab Runner: the others of the list still hold. */
export function matchesAny(image: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    try {
      return globMatcher(pattern)(image);
    } catch {
      return false;
    }
  });
}

/**
 * The pull policies to try, in order: what the job asked for, else the configured, else `always`; of these only what is
 * allowed (allowed_pull_policies, else the configured, else `always`).
 */
export function effectivePullPolicies(
  image: string,
  requested: readonly string[],
  configured: readonly string[],
  allowed: readonly string[],
): string[] {
  const known = ["always", "if-not-present", "never"];
  const wanted = requested.length > 0 ? requested : configured.length > 0 ? configured : ["always"];
  const unknown = wanted.find((policy) => !known.includes(policy));
  if (unknown !== undefined) {
    throw configurationRefusal(
      "PULL_POLICY_UNKNOWN",
      `unsupported pull_policy "${unknown}" for image "${image}"`,
      `use one of ${known.join(", ")}`,
    );
  }
  const permitted = allowed.length > 0 ? allowed : configured.length > 0 ? configured : ["always"];
  const result = wanted.filter((policy) => permitted.includes(policy));
  if (result.length > 0) return result;
  const fromJob = requested.length > 0;
  const origin = fromJob
    ? "GitLab pipeline config"
    : configured.length > 0
      ? "Runner config"
      : "Runner config (default)";
  throw configurationRefusal(
    "PULL_POLICY_NOT_ALLOWED",
    `invalid pull policy for image "${image}": pull_policy (${wanted.join(", ")}) defined in ${origin} is not one of the allowed_pull_policies (${permitted.join(", ")})`,
    fromJob
      ? "use an allowed pull policy, or ask the admin to add this one to allowed_pull_policies in config.toml"
      : "let pull_policy and allowed_pull_policies in [runners.docker] of config.toml agree",
    fromJob ? "author" : "admin",
  );
}

/** The user of the build container. Empty (the image's own) is always allowed. */
export function requireAllowedUser(user: string, configuredUser: string, allowedUsers: readonly string[]): void {
  const allowed = allowedUsers.length > 0 ? allowedUsers : configuredUser === "" ? [] : [configuredUser];
  if (user === "" || allowed.length === 0 || allowed.includes(user)) return;
  throw configurationRefusal(
    "USER_NOT_ALLOWED",
    `user "${user}" is not an allowed user: ${allowed.join(", ")}`,
    "use an allowed user, or ask the admin to add this one to allowed_users in config.toml",
  );
}
