import { removeContainer } from "./container.ts";
import { quickCallMs } from "./call.ts";
import { persistentCall } from "./persistent-call.ts";
import type { Engine } from "./engine.ts";
import { removeNetwork } from "./network.ts";
import { listVolumes, removeVolume } from "./volume.ts";

/** "true" on a volume that is kept for the next job of its slot. */
const reusableLabel = "com.gitlab.gitlab-runner.reusable";

/** Labels that an object must all have to be removed: `key=value`. */
type Labels = readonly string[];

/**
 * Removes the containers, networks and volumes that carry all of `labels`, and nothing else; volumes that are kept for a
 * slot stay. Goes on when one can't be
 * removed; returns those, one line each.
 */
export async function sweep(engine: Engine, labels: Labels, signal: AbortSignal): Promise<string[]> {
  const found = await listObjects(engine, labels, signal);
  return removeObjects(
    engine,
    found.filter(({ isKept }) => !isKept),
    signal,
  );
}

const removers: Readonly<Record<ListedObject["kind"], typeof removeNetwork>> = {
  container: (engine, id, signal) => removeContainer(engine, id, false, signal),
  network: removeNetwork,
  volume: removeVolume,
};

/** Removes exactly these, what uses others first. Goes on when one can't be removed; returns those, one line each. */
export async function removeObjects(
  engine: Engine,
  objects: readonly ListedObject[],
  signal: AbortSignal,
): Promise<string[]> {
  const problems: string[] = [];
  const attempt = async ({ kind, id }: ListedObject) => {
    try {
      await removers[kind](engine, id, signal);
    } catch (error) {
      problems.push(`${kind} ${id}: ${(error as Error).message}`);
    }
  };
  for (const kind of ["container", "network", "volume"] as const)
    await Promise.all(objects.filter((object) => object.kind === kind).map(attempt));
  return problems;
}

/** What a job's Compose project left behind. */
export function sweepComposeProject(engine: Engine, project: string, signal: AbortSignal): Promise<string[]> {
  return sweep(engine, [`com.docker.compose.project=${project}`], signal);
}

export interface FoundObjects {
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
  /** Those of the volumes that are kept for the next job of their slot, whoever made them. */
  readonly kept: readonly string[];
}

/** Everything that carries all of `labels`. */
export async function findObjects(engine: Engine, labels: Labels, signal: AbortSignal): Promise<FoundObjects> {
  const found = await listObjects(engine, labels, signal);
  const idsOf = (kind: ListedObject["kind"]) => found.filter((object) => object.kind === kind).map(({ id }) => id);
  return {
    containers: idsOf("container"),
    networks: idsOf("network"),
    volumes: idsOf("volume"),
    kept: found.filter(({ isKept }) => isKept).map(({ id }) => id),
  };
}

export interface ListedObject {
  readonly kind: "container" | "network" | "volume";
  /** Of a volume its name. */
  readonly id: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch by the daemon's clock; NaN when it doesn't say. */
  readonly createdAt: number;
  /** Of a container that runs, is paused, or starts anew. */
  readonly isRunning: boolean;
  /** Of a volume that is kept for the next job of its slot. */
  readonly isKept: boolean;
}

/** Everything that carries all of `labels`, with what the daemon says of it in its lists. */
export async function listObjects(engine: Engine, labels: Labels, signal: AbortSignal): Promise<ListedObject[]> {
  const filters = { label: [...labels] };
  const [[containers, networks], volumes] = await Promise.all([
    persistentCall("look for leftovers", signal, quickCallMs, (abortSignal) =>
      Promise.all([
        engine.listContainers({ all: true, filters, abortSignal }),
        engine.listNetworks({ filters, abortSignal }),
      ]),
    ),
    listVolumes(engine, labels, signal),
  ]);
  const listedNetworks = networks as readonly {
    readonly Id: string;
    readonly Name: string;
    readonly Labels?: Readonly<Record<string, string>> | null;
    readonly Created?: string;
  }[];
  return [
    ...containers.map(({ Id, Names, Labels, Created, State }): ListedObject => ({
      kind: "container",
      id: Id,
      // One that is half removed has none, and the rest are what containers that are linked to it call it.
      name: ((Names as readonly string[] | null)?.find((name) => name.lastIndexOf("/") === 0) ?? "").slice(1),
      labels: { ...Labels },
      createdAt: Created === undefined ? Number.NaN : Created * 1000,
      isRunning: ["running", "paused", "restarting"].includes(State),
      isKept: false,
    })),
    ...listedNetworks.map(({ Id, Name, Labels, Created }): ListedObject => ({
      kind: "network",
      id: Id,
      name: Name,
      labels: { ...Labels },
      createdAt: Date.parse(Created ?? ""),
      isRunning: false,
      isKept: false,
    })),
    ...volumes.map(({ name, labels: own, createdAt }): ListedObject => ({
      kind: "volume",
      id: name,
      name,
      labels: own,
      createdAt,
      isRunning: false,
      isKept: own[reusableLabel] === "true",
    })),
  ];
}
