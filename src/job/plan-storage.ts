import { createHash } from "node:crypto";
import type { DaemonContribution } from "../daemon/contribution.ts";
import type { ContainerSpec, VolumeSpec } from "./plan.ts";
import type { PlanInput } from "./plan-input.ts";
import { isProtectedRef } from "./plan-labels.ts";
import { memoryBytes } from "./sizes.ts";
import type { StoragePlan } from "./storage-plan.ts";
import { bind, mergeBinds } from "./volumes.ts";

/** On a leased volume: which making of it it is. The agent has written down what became of that one, and of no other. */
export const storeLabel = "dev.longshore.store";

type Labels = (own: Readonly<Record<string, string>>) => Readonly<Record<string, string>>;

/**
 * Which leased volumes this job's daemon may get: those of its runner entry, project, kind of ref and daemon image, and
 * of this agent. Nothing that tells two of them apart is the job's author's word.
 *
 * @param service index of the service that is the wiring's daemon
 */
export function planStorage(
  input: PlanInput,
  wiring: DaemonContribution,
  service: number,
  labels: Labels,
): StoragePlan | null {
  const { store, sidecar } = wiring;
  if (store === null || sidecar === null) return null;
  const isProtected = isProtectedRef(input);
  const { agentId, systemId } = input.agent;
  const key = [agentId, systemId, input.runner.token, input.payload.job_info.project_id, isProtected, sidecar.image];
  const sum = createHash("sha256").update(JSON.stringify(key)).digest("hex");
  const { destination } = store;
  return {
    service,
    volumeBase: `runner-${sum.slice(0, 32)}-docker-data${isProtected ? "-protected" : ""}`,
    destination,
    labels: labels({ type: "cache", destination, protected: String(isProtected), reusable: "true" }),
    maxBytes: Math.max(memoryBytes("storage_max_size", store.maxSize), 0),
    maxAgeMs: Math.max(store.maxAgeMs, 0),
  };
}

/** The leased volume `volume`, made for the `id`th time. */
export function storeVolume(storage: StoragePlan, volume: string, id: string): VolumeSpec {
  return {
    name: volume,
    destination: storage.destination,
    temporary: false,
    labels: { ...storage.labels, [storeLabel]: id },
    driver: "",
    driverOptions: {},
  };
}

/** The daemon's container with that volume where its images and layers lie. */
export function withStore(container: ContainerSpec, storage: StoragePlan, volume: string): ContainerSpec {
  return { ...container, binds: mergeBinds(container.binds, [bind(volume, storage.destination, "")]) };
}
