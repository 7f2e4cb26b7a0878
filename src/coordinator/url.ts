/** Where the coordinator's API is: ends in `/api/v4/`, so that endpoint paths resolve against it. */
export type BaseUrl = { readonly ok: true; readonly url: URL } | { readonly ok: false; readonly problem: string };

/**
 * The `url` of a [[runners]] entry as the base of every call (protocol section 1.1): trailing slashes and a trailing
 * `/ci` go, a sub-path stays. Anything but http and https is a problem, in one sentence.
 */
export function apiBase(configured: string): BaseUrl {
  let url: URL;
  try {
    url = new URL(configured.trim());
  } catch {
    // What stands before an @ may be a password.
    const shown = configured.replace(/^.*@/s, "");
    return { ok: false, problem: `"${shown}" is not a URL; it must look like https://gitlab.example.com` };
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    const scheme = url.protocol.slice(0, -1);
    return { ok: false, problem: `the scheme "${scheme}" cannot be used; only http and https can` };
  }
  const path = withoutTrailingSlashes(withoutTrailingSlashes(url.pathname).replace(/\/ci$/, ""));
  url.pathname = `${path}/api/v4/`;
  url.search = "";
  url.hash = "";
  return { ok: true, url };
}

function withoutTrailingSlashes(path: string): string {
  let end = path.length;
  while (end > 0 && path[end - 1] === "/") end--;
  return path.slice(0, end);
}

/** A URL that can be shown: no password, no query (presigned URLs carry signatures there), no fragment. */
export function shownUrl(url: URL): string {
  return `${url.protocol}//${url.host}${url.pathname}`;
}

/** The path with every numeric segment as `{id}`, as GitLab Runner labels its retry metric. */
export function pathPattern(path: string): string {
  return path.replace(/(?<=\/)\d+(?=\/|$)/g, "{id}");
}
