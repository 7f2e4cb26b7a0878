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
  return images.map(({ Id, RepoTags, RepoDigests, Size }) => ({
    id: Id,
    tags: (RepoTags ?? []).filter((tag) => tag !== "<none>:<none>"),
    digests: (RepoDigests ?? []).filter((digest) => !digest.startsWith("<none>@")),
    bytes: Size,
  }));
}

interface ImageEntry {
  readonly Id: string;
  readonly RepoTags?: readonly string[] | null;
  readonly RepoDigests?: readonly string[] | null;
  readonly Size: number;
}

const removeLimitMs = 120_000;

/** Removes an image with all of its names, unless a container uses it. @throws DockerError: conflict when one does */
export async function removeImage(engine: Engine, image: ListedImage, signal: AbortSignal): Promise<void> {
  for (const reference of [...image.tags, ...image.digests, image.id]) {
    try {
      await call(
        `remove image ${reference}`,
        signal,
        removeLimitMs,
        (abortSignal) => engine.getImage(reference).remove({ abortSignal } as never) as unknown as Promise<unknown>,
      );
    } catch (error) {
      // With its last name the image itself has gone.
      if (!isDockerError(error, "not-found")) throw error;
    }
  }
}

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
