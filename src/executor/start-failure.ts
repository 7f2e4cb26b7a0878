import { isDockerError, isUnchanged } from "../docker/errors.ts";
import { messageOf } from "../support/errors.ts";
import { StageFailure } from "./stage-failure.ts";

/**
 * What the daemon's refusal to start the build container means: an image without the program that is its first process
 * can't run a job, however often it is tried. Anything else is returned as it came.
 */
export function startFailure(error: unknown, image: string): unknown {
  if (!isDockerError(error, "bad-request") && !isDockerError(error, "not-found") && !isDockerError(error, "server"))
    return error;
  const match = /exec: "([^"]*)": (?:executable file not found|stat [^:]*: no such file|permission denied)/.exec(
    messageOf(error),
  );
  if (match === null) return error;
  const program = match[1] as string;
  if (program === "sh") {
    return new StageFailure("image-refused", `the image ${image} has no shell to run the script in`, {
      hint: "use an image with bash or sh (many have a -debug or -alpine variant with one)",
      cause: error,
    });
  }
  return new StageFailure("image-refused", `the entrypoint of the image ${image}, "${program}", can't be run`, {
    hint: "correct the image, or set `image: entrypoint:` in .gitlab-ci.yml to a program that is in it",
    cause: error,
  });
}

/** True when a container that was to be started runs already. */
export function isAlreadyStarted(error: unknown): boolean {
  const { cause } = error as { readonly cause?: unknown };
  return isUnchanged(error) || (cause instanceof Error && isAlreadyStarted(cause));
}
