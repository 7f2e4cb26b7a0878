import type { VolumeSpec } from "../job/plan.ts";
import { call, quickCallMs } from "./call.ts";
import type { Engine } from "./engine.ts";
import { isDockerError } from "./errors.ts";

/** Makes a named volume; one of the same name stays as it is. */
export async function createVolume(engine: Engine, spec: VolumeSpec, signal: AbortSignal): Promise<void> {
  await call(`create volume ${spec.name}`, signal, quickCallMs, (abortSignal) =>
    engine.createVolume({
      Name: spec.name,
      Labels: { ...spec.labels },
      ...(spec.driver === "" ? {} : { Driver: spec.driver }),
      DriverOpts: { ...spec.driverOptions },
      abortSignal,
    }),
  );
}

/** Removes a volume. One that is gone counts as removed. */
export async function removeVolume(engine: Engine, name: string, signal: AbortSignal): Promise<void> {
  try {
    await call(
      `remove volume ${name}`,
      signal,
      quickCallMs,
      (abortSignal) => engine.getVolume(name).remove({ force: true, abortSignal } as never) as unknown as Promise<void>,
    );
  } catch (error) {
    if (!isDockerError(error, "not-found")) throw error;
  }
}
