import type { Evidence } from "../evidence.ts";
import { refused, type Said } from "./said.ts";

/** Whose complaint it is by its own words: docker's CLI, the daemon, buildkit, a library for its API, or our own pull of a job's image. */
const speaker =
  /(?:^|\s)docker: |Error response from daemon: |failed to solve: |failed to pull image "|error from registry: |dockerjava|docker\.errors\./;
/** What only docker is to be believed: any client of a registry says it, and many APIs have paths like these. */
const words =
  /\/v2\/(?:[^\s"]{1,300}\/(?:manifests|blobs|tags)\/|"?: )|oauth token|failed to resolve (?:reference|source metadata|image)|^(?:ERROR: )?(?:unauthorized|denied|toomanyrequests|no basic auth credentials)\b/;

/** Words of a registry or about one, only where somebody says them who pulls or pushes images. */
export function registrySaid(evidence: Evidence, pattern: RegExp): Said | null {
  return refused(evidence, pattern, (line, isDockers) => speaker.test(line) || (isDockers && words.test(line)));
}

/** The registry that a line's URL names (`https://HOST/v2/…`); "" when it names none. */
export function registryIn(line: string): string {
  return /https?:\/\/([^/"\s]{1,255})\/v2\//.exec(line)?.[1] ?? "";
}

/** The image that our own message about a pull is about, or "". */
export function pulledImage(message: string): string {
  return /failed to pull image "([^"]+)"/.exec(message)?.[1] ?? "";
}

/** The registry of an image's name; "" for no image. */
export function registryOf(image: string): string {
  const [first = "", ...rest] = image.split("/");
  if (image === "") return "";
  return rest.length > 0 && (/[.:]/.test(first) || first === "localhost") ? first : "docker.io";
}
