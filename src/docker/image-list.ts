import { call, quickCallMs } from "./call.ts";
import type { Engine } from "./engine.ts";
import { isDockerError } from "./errors.ts";

export interface ListedImage {
  /** `sha256:…` */
  readonly id: string;
  /** `NAME:TAG`, as the daemon shortens them; none for an image whose tags have gone to another. */
  readonly tags: readonly string[];
  /** `NAME@sha256:…` */
  readonly digests: readonly string[];
  /** Id of the image that it was built upon, "" where the daemon doesn't know. */
  readonly parent: string;
  /** With the layers that other images have, too. */
  readonly bytes: number;
}

/** All images that are no mere steps of a build. */
export async function listImages(engine: Engine, signal: AbortSignal): Promise<ListedImage[]> {
  const images = await call(
    "list images",
    signal,
    quickCallMs,
    (abortSignal) => engine.listImages({ abortSignal } as never) as unknown as Promise<ImageEntry[]>,
  );
  return images.map(({ Id, RepoTags, RepoDigests, ParentId, Size }) => ({
    id: Id,
    tags: (RepoTags ?? []).filter((tag) => tag !== "<none>:<none>"),
    digests: (RepoDigests ?? []).filter((digest) => !digest.startsWith("<none>@")),
    parent: ParentId ?? "",
    bytes: Size,
  }));
}

interface ImageEntry {
  readonly Id: string;
  readonly RepoTags?: readonly string[] | null;
  readonly RepoDigests?: readonly string[] | null;
  readonly ParentId?: string;
  readonly Size: number;
}

const removeLimitMs = 120_000;

/**
 * Removes an image with all of the names that it was listed with, as far as they are still its own, and as long as nobody
 * gives it another. False when nothing was removed.
 *
 * @throws DockerError: conflict when a container uses it
 */
export async function removeImage(engine: Engine, image: ListedImage, signal: AbortSignal): Promise<boolean> {
  let removed = false;
  for (const reference of [...image.tags, ...image.digests, image.id]) {
    try {
      const { Id, RepoTags } = await call(
        `inspect image ${reference}`,
        signal,
        quickCallMs,
        (abortSignal) => engine.getImage(reference).inspect({ abortSignal } as never) as unknown as Promise<NamedImage>,
      );
      if (Id !== image.id || (RepoTags ?? []).some((tag) => !image.tags.includes(tag))) continue;
      await call(
        `remove image ${reference}`,
        signal,
        removeLimitMs,
        (abortSignal) => engine.getImage(reference).remove({ abortSignal } as never) as unknown as Promise<unknown>,
      );
      removed = true;
    } catch (error) {
      // With its last name the image itself has gone.
      if (!isDockerError(error, "not-found")) throw error;
    }
  }
  return removed;
}

type NamedImage = Pick<ImageEntry, "Id" | "RepoTags">;

export interface UsedByContainers {
  /** Ids of images. */
  readonly images: ReadonlySet<string>;
  /** Names of volumes. */
  readonly volumes: ReadonlySet<string>;
}

/** What containers use, whether or not they run. */
export async function usedByContainers(engine: Engine, signal: AbortSignal): Promise<UsedByContainers> {
  const containers = await call("list containers", signal, quickCallMs, (abortSignal) =>
    engine.listContainers({ all: true, abortSignal }),
  );
  const volumes = containers.flatMap(({ Mounts }) => Mounts?.flatMap(({ Name }) => Name ?? []) ?? []);
  return { images: new Set(containers.map(({ ImageID }) => ImageID)), volumes: new Set(volumes) };
}
