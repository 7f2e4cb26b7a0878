import { posix } from "node:path";
import { nameParts } from "./job-variables.ts";
import { reusableVolumeBase, volumeName } from "./names.ts";
import type { VolumeSpec } from "./plan.ts";
import type { PlanInput } from "./plan-input.ts";
import { configurationRefusal } from "./refusal.ts";
import { bind, cleanPath, isWithin, parseVolume, type VolumeEntry } from "./volumes.ts";

export interface VolumePlan {
  /** Bind strings of every container of the job. */
  readonly binds: readonly string[];
  readonly volumes: readonly VolumeSpec[];
  /** Destinations of what the agent made, as opposed to what the admin mounted. */
  readonly ours: readonly string[];
}

export interface VolumeRequest {
  readonly entries: readonly VolumeEntry[];
  readonly buildsDir: string;
  /** Bind source and destination when the builds lie on the daemon's host; "" for a volume. */
  readonly buildsOnHost: string;
  /** Kept for the next job of the slot, unless `disable_cache` says otherwise. */
  readonly keepBuilds: boolean;
  /** `/cache` or so when the job has caches that would otherwise be lost with the helper; "" for none. */
  readonly cacheDir: string;
  /** Where the wiring mounts volumes of its own: entries without a source are left out there. */
  readonly reserved: readonly string[];
  readonly isProtected: boolean;
  /** Start of the names of volumes that go with the job. */
  readonly temporaryBase: string;
  readonly labels: (own: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;
}

/** Reads `volumes` of config.toml. Throws a JobRefusal for an entry that is none. */
export function readVolumes(texts: readonly string[], expandText: (text: string) => string): VolumeEntry[] {
  return texts
    .filter((text) => text !== "")
    .map((text) => {
      const entry = parseVolume(text, expandText);
      // A job's variable must not bring options or a place of its own along.
      if (entry === null || /[:\0\n]/.test(entry.destination)) {
        throw configurationRefusal(
          "CONFIG_VOLUME",
          `invalid volume specification: "${text}"`,
          "write /dst, /host:/dst[:ro] or name:/dst in [runners.docker] volumes",
          "admin",
        );
      }
      const destination = cleanPath(entry.destination);
      if (destination === "/") {
        throw configurationRefusal(
          "CONFIG_VOLUME_ROOT",
          `the volume "${text}" has the root directory as its destination`,
          "mount it below /",
          "admin",
        );
      }
      return { ...entry, destination };
    });
}

/** Volumes and binds of a job: the configured ones, the builds, the cache. */
export function planVolumes(input: PlanInput, request: VolumeRequest): VolumePlan {
  const { docker } = input.runner;
  const reusable = reusableVolumeBase(input.runner.token, input.agent.systemId, nameParts(input));
  const binds: string[] = [];
  const volumes: VolumeSpec[] = [];
  const taken = new Set<string>();
  const ours: string[] = [];

  const own = (destination: string, wanted: boolean) => {
    if (taken.has(destination)) return;
    taken.add(destination);
    ours.push(destination);
    const keep = wanted && !docker.disable_cache;
    if (keep && docker.cache_dir !== "") {
      const leaf = volumeName("", destination, request.isProtected).replace(/^-cache-/, "");
      binds.push(bind(posix.join(docker.cache_dir, reusable, leaf), destination, ""));
      return;
    }
    const name = volumeName(keep ? reusable : request.temporaryBase, destination, request.isProtected);
    volumes.push({
      name,
      destination,
      temporary: !keep,
      labels: request.labels({
        type: "cache",
        destination,
        protected: String(request.isProtected),
        reusable: String(keep),
      }),
      driver: docker.volume_driver,
      driverOptions: docker.volume_driver_ops,
    });
    binds.push(bind(name, destination, ""));
  };

  for (const entry of request.entries) {
    if (entry.source === "") {
      if (!request.reserved.includes(entry.destination)) own(entry.destination, true);
    } else if (!taken.has(entry.destination)) {
      taken.add(entry.destination);
      binds.push(bind(entry.source, entry.destination, entry.mode));
    }
  }
  if (request.buildsOnHost !== "") {
    ours.push(request.buildsOnHost);
    binds.push(bind(request.buildsOnHost, request.buildsOnHost, ""));
  } else own(request.buildsDir, request.keepBuilds);
  // A directory that the admin mounted is not hidden by a volume of ours.
  const mounted = request.entries.some((entry) => entry.source !== "" && isWithin(request.cacheDir, entry.destination));
  if (request.cacheDir !== "" && !mounted) own(request.cacheDir, true);
  return { binds, volumes, ours };
}
