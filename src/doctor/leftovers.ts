import { call } from "../docker/call.ts";
import type { Engine } from "../docker/engine.ts";
import { agentLabel, bootLabel } from "../job/labels.ts";

export interface Leftovers {
  readonly count: number;
  readonly containers: number;
  readonly networks: number;
  readonly volumes: number;
  /** The runs that made them. */
  readonly boots: ReadonlySet<string>;
}

const reusableLabel = "com.gitlab.gitlab-runner.reusable";
const limitMs = 30_000;

type Labels = Readonly<Record<string, string>> | null | undefined;

/** What an agent has made on a daemon, but for volumes that are kept for the next job and what runs that go on have made. */
export async function findLeftovers(
  engine: Engine,
  agentId: string,
  isAlive: (boot: string) => boolean,
  signal: AbortSignal,
): Promise<Leftovers> {
  const filters = { label: [`${agentLabel}=${agentId}`] };
  const [containers, networks, volumes] = await call("look for leftovers", signal, limitMs, (abortSignal) =>
    Promise.all([
      engine.listContainers({ all: true, filters, abortSignal }),
      engine.listNetworks({ filters, abortSignal }),
      engine.listVolumes({ filters, abortSignal }),
    ]),
  );
  const boots = new Set<string>();
  const count = (objects: readonly { readonly Labels?: Labels }[]): number => {
    const left = objects.filter(({ Labels: labels }) => isLeft(labels ?? {}, isAlive));
    for (const { Labels: labels } of left) boots.add(labels?.[bootLabel] ?? "");
    return left.length;
  };
  const found = {
    containers: count(containers),
    networks: count(networks as readonly { readonly Labels?: Labels }[]),
    volumes: count(volumes.Volumes ?? []),
  };
  return { ...found, boots, count: found.containers + found.networks + found.volumes };
}

function isLeft(labels: Readonly<Record<string, string>>, isAlive: (boot: string) => boolean): boolean {
  const boot = labels[bootLabel];
  return boot !== undefined && labels[reusableLabel] !== "true" && !isAlive(boot);
}
