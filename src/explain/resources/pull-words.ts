/** Whose complaint it is: docker's CLI, the daemon, buildkit, containerd, or our own pull of a job's image. */
const speaker =
  '(?:Error response from daemon: |failed to solve: |failed to resolve |failed to do request: |failed to fetch |failed to pull image |failed to push |failed to authorize: |unexpected status |\\{"message":")';

/** Words of a registry or about one, only where somebody says them who pulls or pushes images. */
export function aboutRegistry(words: string): RegExp {
  return new RegExp(`${speaker}.*?${words}`);
}

/** The registry that a line's URL names (`https://HOST/v2/…`); "" when it names none. */
export function registryIn(line: string): string {
  return /https?:\/\/([^/"\s]+)\/v2\//.exec(line)?.[1] ?? "";
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
