/** Prefixes that are no part of a token's own characters (protocol section 2.1); stripped in this order, each once. */
const prefixes = [/^glrt-(?:t[123]_)?|^t[123]_|^glrtr-/, /^glcbt-/, /^GR[0-9A-Fa-f]{7}/];

const shortLength = 9;

/** What may be shown of a token, in logs, container names and cache paths: the first 9 characters after its prefix (GitLab Runner >= 18.2). */
export function shortToken(token: string): string {
  return prefixes.reduce((rest, prefix) => rest.replace(prefix, ""), token).slice(0, shortLength);
}

/**
 * "created": an authentication token of a runner created in the UI (`glrt-`), verified and never registered.
 * "other": a registration token or a legacy authentication token; only the call that is made tells them apart.
 */
export type TokenKind = "created" | "other";

export function tokenKind(token: string): TokenKind {
  return token.startsWith("glrt-") ? "created" : "other";
}
