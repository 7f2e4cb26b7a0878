import type { Daemon } from "../daemon/daemons.ts";
import { type HostProbe, isThisHost } from "../daemon/uplink.ts";
import { readDaemonReport } from "../docker/daemon-report.ts";
import { DockerError } from "../docker/errors.ts";
import { inspectImage } from "../docker/image.ts";
import { outputOf } from "../docker/short-container.ts";
import { dfOf, type DiskSpace, readDf } from "./disk-space.ts";
import { spaceAt } from "./space-at.ts";

/** Where the daemon's directory is in the container that looks at it. */
const mountPoint = "/longshore-disk";
/** However large it is. */
const full = { freeBytes: 0, totalBytes: Number.POSITIVE_INFINITY, freeInodes: Number.NaN, totalInodes: Number.NaN };

/** Looks at the disk that holds a daemon's images, containers and volumes. */
export interface DiskGauge {
  /** What a look costs: a system call, or a container. */
  readonly isCheap: boolean;
  /** null when nobody can tell. */
  measure(signal: AbortSignal): Promise<DiskSpace | null>;
}

/**
 * A daemon of this very host has its directory before our eyes. That of another one, or of this host when the agent is
 * in a container, only a container there sees.
 *
 * @param probe null: nobody may look
 */
export async function diskGauge(daemon: Daemon, probe: HostProbe | null, signal: AbortSignal): Promise<DiskGauge> {
  const { engine, address, facts } = daemon;
  const { rootDir } = await readDaemonReport(engine, signal);
  if (isThisHost(address, facts.name) && (await spaceAt(rootDir).catch(() => null)) !== null)
    return { isCheap: true, measure: () => spaceAt(rootDir).catch(() => null) };
  return {
    isCheap: false,
    measure: async (own) => {
      const image = probe === null ? null : await inspectImage(engine, probe.image, own);
      if (probe === null || image === null || rootDir === "") return null;
      try {
        const host = { NetworkMode: "none", Binds: [`${rootDir}:${mountPoint}:ro`] };
        const script = dfOf(mountPoint);
        const look = { purpose: "disk", image: image.id, script, labels: probe.labels, host };
        const space = readDf(await outputOf(engine, look, own));
        return Number.isNaN(space.freeBytes) ? null : space;
      } catch (error) {
        // Not even a container that does next to nothing can be made.
        if (error instanceof DockerError && /no space left on device/i.test(error.detail)) return full;
        throw error;
      }
    },
  };
}
