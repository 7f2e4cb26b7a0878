/** GitLab's CI_..._SLUG: lower case, letters, digits and dashes, at most 63 bytes, no dash at either end. Pure. */
export function slug(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^a-z0-9]/g, "-")
    .slice(0, 63)
    .replace(/^-+|-+$/g, "");
}

/** `group/project` of a remote's URL, https or ssh; null when there is no path in it. */
export function projectPathOf(remoteUrl: string): string | null {
  const match = /^(?:[a-z+]+:\/\/[^/]+\/|[^/@:]+@[^/:]+:|[^/@:]{2,}:(?!\/\/))(.+)$/i.exec(remoteUrl.trim());
  const path = (match?.[1] ?? "").replace(/^\/+|\/+$/g, "").replace(/\.git$/, "");
  return /^[\w.-]+(?:\/[\w.-]+)+$/.test(path) ? path : null;
}
