import type { VolumeSpec } from "../job/plan.ts";
import { quickCallMs } from "./call.ts";
import { persistentCall } from "./persistent-call.ts";
import { createOptions } from "./create-options.ts";
import type { Engine } from "./engine.ts";
import { isDockerError } from "./errors.ts";

/** Makes a named volume; one of the same name stays as it is. */
export async function createVolume(engine: Engine, spec: VolumeSpec, signal: AbortSignal): Promise<void> {
  await persistentCall(`create volume ${spec.name}`, signal, quickCallMs, (abortSignal) =>
    engine.createVolume(
      createOptions(
        {
          Name: spec.name,
          Labels: { ...spec.labels },
          ...(spec.driver === "" ? {} : { Driver: spec.driver }),
          DriverOpts: { ...spec.driverOptions },
        },
        {},
        abortSignal,
      ),
    ),
  );
}

/** Removes a volume. One that is gone counts as removed. */
export async function removeVolume(engine: Engine, name: string, signal: AbortSignal): Promise<void> {
  try {
    await persistentCall(
      `remove volume ${name}`,
      signal,
      quickCallMs,
      (abortSignal) => engine.getVolume(name).remove({ force: true, abortSignal } as never) as unknown as Promise<void>,
    );
  } catch (error) {
    if (!isDockerError(error, "not-found")) throw error;
  }
}

export interface VolumeFacts {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch; NaN when the daemon doesn't say. */
  readonly createdAt: number;
}

/** What the daemon knows of a volume; null when there is none of that name. */
export async function inspectVolume(engine: Engine, name: string, signal: AbortSignal): Promise<VolumeFacts | null> {
  try {
    const volume = await persistentCall(
      `inspect volume ${name}`,
      signal,
      quickCallMs,
      (abortSignal) => engine.getVolume(name).inspect({ abortSignal } as never) as unknown as Promise<ListedVolume>,
    );
    return factsOf(volume);
  } catch (error) {
    if (isDockerError(error, "not-found")) return null;
    throw error;
  }
}

/** All volumes that carry all of `labels` (`key` or `key=value`). */
export async function listVolumes(
  engine: Engine,
  labels: readonly string[],
  signal: AbortSignal,
): Promise<VolumeFacts[]> {
  const { Volumes } = await persistentCall("list volumes", signal, quickCallMs, (abortSignal) =>
    engine.listVolumes({ filters: { label: [...labels] }, abortSignal }),
  );
  return ((Volumes as readonly ListedVolume[] | null) ?? []).map(factsOf);
}

interface ListedVolume {
  readonly Name: string;
  readonly Labels?: Readonly<Record<string, string>> | null;
  readonly CreatedAt?: string;
}

function factsOf({ Name, Labels, CreatedAt }: ListedVolume): VolumeFacts {
  return { name: Name, labels: { ...Labels }, createdAt: Date.parse(CreatedAt ?? "") };
}

export interface VolumeUser {
  readonly id: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** All containers that mount a volume, whether or not they run. */
export async function volumeUsers(engine: Engine, name: string, signal: AbortSignal): Promise<VolumeUser[]> {
  const containers = await persistentCall(`look who uses volume ${name}`, signal, quickCallMs, (abortSignal) =>
    engine.listContainers({ all: true, filters: { volume: [name] }, abortSignal }),
  );
  return containers.map((container) => ({ id: container.Id, labels: container.Labels ?? {} }));
}
