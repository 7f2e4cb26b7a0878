/** An image reference, taken apart as the Docker reference grammar does. */
export interface ImageReference {
  /** With tag or digest: `:latest` added where neither was given. What the daemon is asked for. */
  readonly full: string;
  /** Registry host without its port, and path: `registry.example.com/group/app`, `docker`. */
  readonly service: string;
  /** Registry host with port as written, and path, without tag and digest. */
  readonly repository: string;
  /** The tag, or the digest as `@sha256:…`. */
  readonly version: string;
}

const imageId = /^(?:sha256:)?[0-9a-f]{64}$/;
const grammar =
  /^((?:(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\[[a-fA-F0-9:]+\])(?::[0-9]+)?\/)?[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_{1,2}|-+)[a-z0-9]+)*)*)(?::([\w][\w.-]{0,127}))?(?:(@[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}))?$/;

/** null when the text is no image reference; an image id is returned as it is. */
export function parseImage(text: string): ImageReference | null {
  if (imageId.test(text)) return { full: text, service: text, repository: text, version: "" };
  const match = grammar.exec(text);
  if (!match) return null;
  const [, repository = "", tag, digest] = match;
  const version = tag ?? digest ?? "latest";
  return {
    full: tag === undefined && digest === undefined ? `${repository}:latest` : text,
    service: repository.replace(/^([^/]*?):[0-9]+(?=\/)/, "$1"),
    repository,
    version,
  };
}

/** The names under which GitLab Runner makes a service of this image reachable. */
export function serviceAliases(image: ImageReference): string[] {
  const underscores = image.service.replaceAll("/", "__");
  const dashes = image.service.replaceAll("/", "-");
  return underscores === dashes ? [underscores] : [underscores, dashes];
}

/** Splits what stands in `alias`: several names separated by spaces or commas. */
export function splitAliases(alias: string): string[] {
  return alias.split(/[\s,]+/).filter((name) => name !== "");
}
