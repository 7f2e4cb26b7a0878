import type { CacheConfig } from "../config/schema-cache.ts";
import type { CacheStores } from "../cache/cache-stores.ts";
import type { PartMemory } from "../cache/part-memory.ts";
import type { StoreChannel } from "../cache/store-channel.ts";
import type { RemoteCachePlan } from "../job/remote-cache-plan.ts";
import { AgentError } from "../support/errors.ts";
import { Limit } from "../support/limit.ts";
import { orAborted } from "../support/or-aborted.ts";
import { isDaemonLost } from "./daemon-return.ts";
import type { JobContext } from "./job-context.ts";

/** A job's way to the store of its caches. */
export interface RemoteCache {
  readonly channel: StoreChannel;
  readonly plan: RemoteCachePlan;
  readonly memory: PartMemory;
}

/** null where caches stay on the daemon; also where the store can't be used at all, which the log then says. */
export async function openRemoteCache(
  stores: CacheStores,
  config: CacheConfig | null,
  plan: RemoteCachePlan | undefined,
  { trace }: Pick<JobContext, "trace">,
): Promise<RemoteCache | null> {
  if (plan === undefined || config === null) return null;
  try {
    return { channel: stores.open(config, plan.timeoutSeconds), plan, memory: stores.memory };
  } catch (error) {
    if (!(error instanceof AgentError)) throw error;
    await trace.warning(`${error.message}: caches are stored only locally`);
    await trace.line(`What to do: ${error.hint}`);
    return null;
  }
}

/** Where an object is, for the log and for what is noted of it. */
export async function placeOf(
  { channel, plan }: RemoteCache,
  object: string,
  signal: AbortSignal,
): Promise<{ object: string; url: string }> {
  const name = plan.prefix + object;
  return { object: name, url: (await orAborted(channel.store.locate(name), signal)).href };
}

/**
 * Does a part of the work that may fail without the job failing; the log says why. null when it failed. What ends the
 * job, and a daemon that is gone, are thrown on.
 */
export async function orWarn<T>(
  { control, trace }: Pick<JobContext, "control" | "trace">,
  seconds: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T | null> {
  using limit = new Limit(seconds * 1000, control.job);
  try {
    return await work(limit.signal);
  } catch (error) {
    control.job.throwIfAborted();
    if (isDaemonLost(error)) throw error;
    const late = `it took longer than ${Math.round(seconds / 60)} minutes (CACHE_REQUEST_TIMEOUT)`;
    await trace.warning(limit.isOver ? late : textOf(error));
    if (!limit.isOver && error instanceof AgentError) await trace.line(`What to do: ${error.hint}`);
    return null;
  }
}

function textOf(error: unknown): string {
  if (error instanceof AgentError) return error.message;
  return error instanceof Error && error.message !== "" ? error.message : String(error);
}
