import { setTimeout } from "node:timers/promises";
import { removeContainer } from "../src/docker/container.ts";
import type { Engine } from "../src/docker/engine.ts";
import { findObjects } from "../src/docker/sweep.ts";
import { removeNetwork } from "../src/docker/network.ts";
import { removeVolume } from "../src/docker/volume.ts";

/** Every runner labels what it makes with the first characters of its token. */
const managedLabel = "com.gitlab.gitlab-runner.managed=true";
const shortTokenLabel = "com.gitlab.gitlab-runner.runner.id";

const settleLimitMs = 90_000;
const lookAgainMs = 25;
const removalLimitMs = 120_000;

/**
 * Resolves when no container of these runners is there any more: what a runner removes after a job's end would make
 * everything slower that is measured next.
 */
export async function settled(engine: Engine, tokens: readonly string[], signal: AbortSignal): Promise<void> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(settleLimitMs)]);
  while ((await containersOf(engine, tokens)).length > 0) await setTimeout(lookAgainMs, undefined, { signal: limit });
}

async function containersOf(engine: Engine, tokens: readonly string[]): Promise<string[]> {
  const all = await engine.listContainers({ all: true, filters: { label: [managedLabel] } });
  return all.filter(({ Labels }) => isOf(tokens, Labels)).map(({ Id }) => Id);
}

function isOf(tokens: readonly string[], labels: Readonly<Record<string, string>> | undefined): boolean {
  const short = labels?.[shortTokenLabel] ?? "";
  return short.length >= 8 && tokens.some((token) => token.includes(short));
}

/** Removes all that these runners have made and kept; they must have ended. */
export async function forgetRunner(engine: Engine, tokens: readonly string[]): Promise<void> {
  const signal = AbortSignal.timeout(removalLimitMs);
  for (const id of await containersOf(engine, tokens)) await removeContainer(engine, id, true, signal);
  const filters = { label: [managedLabel] };
  for (const { Id, Labels } of await engine.listNetworks({ filters })) {
    if (isOf(tokens, Labels)) await removeNetwork(engine, Id, signal);
  }
  for (const { Name, Labels } of (await engine.listVolumes({ filters })).Volumes ?? []) {
    if (isOf(tokens, Labels)) await removeVolume(engine, Name, signal);
  }
}

/** Removes what the floors have made, when something interrupted them. */
export async function forgetFloors(engine: Engine, label: string): Promise<void> {
  const signal = AbortSignal.timeout(removalLimitMs);
  const { containers, volumes } = await findObjects(engine, [label], signal);
  for (const id of containers) await removeContainer(engine, id, true, signal);
  for (const name of volumes) await removeVolume(engine, name, signal);
}
