import { createHash } from "node:crypto";

/** The longest name that every resolver takes (RFC 1123). */
const longestLabel = 63;

/** Lower case, only letters, digits and dashes, at most 63 characters, as GitLab Runner makes names that must be host names, too. */
export function rfc1123(text: string): string {
  return text
    .toLowerCase()
    .replace(/[^-a-z0-9]+/g, "")
    .replace(/^[^a-z0-9]+/, "")
    .slice(0, longestLabel)
    .replace(/[^a-z0-9]+$/, "");
}

export interface NameParts {
  readonly shortToken: string;
  readonly projectId: number;
  /** CI_CONCURRENT_PROJECT_ID. */
  readonly projectSlot: number;
}

/** `runner-<short>-project-<id>-concurrent-<n>`: also the host name of the job's containers. */
export function projectName(parts: NameParts): string {
  return rfc1123(`runner-${parts.shortToken}-project-${parts.projectId}-concurrent-${parts.projectSlot}`);
}

/**
 * Whether a container's name is one that this agent gives: the planned ones begin with `runner-`, those that look at
 * something on a daemon's host, and a doctor's, with `longshore-`. Labels alone don't tell: an image that is made of a
 * container hands them on.
 */
export function isOurContainerName(name: string): boolean {
  return /^(?:runner|longshore)-/.test(name);
}

/** A name on a network that other jobs use, too: theirs would answer to the usual one as well. */
export function uniqueAlias(alias: string, suffix: string): string {
  return `${alias.slice(0, longestLabel - suffix.length - 1)}-${suffix}`;
}

/** What makes the names of a job's containers unique, read back from that of its build container. */
export function suffixOf(buildName: string): string {
  return /-([0-9a-f]+)-build$/.exec(buildName)?.[1] ?? "";
}

/** GitLab Runner's name for the job's own network. */
export function networkName(parts: NameParts, jobId: number): string {
  return rfc1123(`runner-${parts.shortToken}-${parts.projectId}-${parts.projectSlot}-${jobId}`);
}

/** The base of a reusable volume's name; the full token goes in, so that two runners with one short token don't meet. */
export function reusableVolumeBase(token: string, systemId: string, parts: NameParts): string {
  const sum = createHash("sha256").update(`${token}-${systemId}-${parts.projectId}-${parts.projectSlot}`).digest("hex");
  return `runner-${sum.slice(0, 32)}`;
}

/** `<base>-cache-<md5 of the destination>[-protected]`. */
export function volumeName(base: string, destination: string, isProtected: boolean): string {
  const sum = createHash("md5").update(destination).digest("hex");
  return `${base}-cache-${sum}${isProtected ? "-protected" : ""}`;
}
