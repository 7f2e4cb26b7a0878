import type { ListedImage, UsedByContainers } from "../docker/image-list.ts";
import { matchesAny } from "../job/policy.ts";
import type { ImageUse } from "./usage-ledger.ts";

/** A job that has looked for an image or made a volume has its container by then. Milliseconds. */
const idleMs = 1_800_000;

export interface KeptVolume {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly usedAt: number;
}

export interface CleanUpFacts {
  readonly images: readonly ListedImage[];
  /** By id, as far as this agent's jobs used them. */
  readonly uses: ReadonlyMap<string, ImageUse>;
  /** Volumes that this agent keeps for the next job. */
  readonly volumes: readonly KeptVolume[];
  readonly inUse: UsedByContainers;
  /** Images that config.toml names. */
  readonly configured: readonly string[];
  /** `keep_images`. */
  readonly patterns: readonly string[];
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export type Removable =
  | { readonly kind: "image"; readonly usedAt: number; readonly image: ListedImage }
  | { readonly kind: "volume"; readonly usedAt: number; readonly name: string };

/**
 * What may go when the disk fills up, in this order: images, then volumes, each by last use. An image only when a job of
 * this agent pulled it, so that the next one can; not one that a container uses, that another was built
 * upon, that was used just now, that config.toml names or asks to keep, or that somebody gave another name.
 */
export function cleanUpOrder(facts: CleanUpFacts): Removable[] {
  const { images, uses, volumes, inUse, now } = facts;
  const isIdle = (usedAt: number) => now - usedAt >= idleMs;
  const parents = new Set(images.map(({ parent }) => parent));
  const configured = new Set(facts.configured.map(familiar));
  const mayGo = (image: ListedImage, use: ImageUse): boolean => {
    const names = new Set(use.names.map(familiar));
    const isKept = (name: string) => configured.has(name) || matchesAny(name, facts.patterns);
    return (
      use.pulled &&
      isIdle(use.usedAt) &&
      !inUse.images.has(image.id) &&
      !parents.has(image.id) &&
      image.tags.every((tag) => names.has(tag)) &&
      // The jobs' own spellings, too: a pattern may have been written for these.
      ![...image.tags, ...image.digests].some(isKept) &&
      !(image.tags.length > 0 && use.names.some(isKept)) &&
      !configured.has(image.id) &&
      !configured.has(image.id.replace(/^sha256:/, ""))
    );
  };
  const goingImages = images.flatMap((image): Removable[] => {
    const use = uses.get(image.id);
    return use !== undefined && mayGo(image, use) ? [{ kind: "image", usedAt: use.usedAt, image }] : [];
  });
  const goingVolumes = volumes
    .filter(({ name, usedAt }) => isIdle(usedAt) && !inUse.volumes.has(name))
    .map(({ name, usedAt }): Removable => ({ kind: "volume", usedAt, name }));
  return [goingImages, goingVolumes].flatMap((group) => group.toSorted((one, other) => one.usedAt - other.usedAt));
}

/** As the daemon writes a reference in its lists: `docker.io/library/node` is `node:latest` there. */
export function familiar(reference: string): string {
  const short = reference.replace(/^(?:index\.)?docker\.io\//, "").replace(/^library\//, "");
  return /[:@][^/]*$/.test(short) || /^[0-9a-f]{64}$/.test(short) ? short : `${short}:latest`;
}
