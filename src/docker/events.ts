import { call, quickCallMs } from "./call.ts";
import type { ContainerState } from "./container.ts";
import type { Engine } from "./engine.ts";

interface KillEvent {
  readonly Actor?: { readonly Attributes?: Readonly<Record<string, string>> };
}

/** SIGKILL; whatever else a container gets is a wish that it may end, as `docker stop` and a daemon's shutdown begin with. */
const kill = "9";

/**
 * Whether a container was asked to end in its last run by whom the daemon obeys: a client, or the daemon itself when it
 * is shut down (Docker API, "SystemEvents": kill). The daemon remembers its last few hundred events; what it has
 * forgotten counts as not done.
 */
export async function wasStopped(
  engine: Engine,
  id: string,
  { startedAt, finishedAt }: Pick<ContainerState, "startedAt" | "finishedAt">,
  signal: AbortSignal,
): Promise<boolean> {
  // Both by the daemon's clock: with an end in its future the answer would take until then.
  const span = { since: (startedAt / 1000).toFixed(3), until: ((finishedAt + 1) / 1000).toFixed(3) };
  const filters = JSON.stringify({ container: [id], event: ["kill"] });
  const events = await call("read the daemon's events", signal, quickCallMs, async (abortSignal) => {
    const options = { ...span, filters, abortSignal } as never;
    const stream = (await (engine.getEvents(options) as unknown as Promise<unknown>)) as AsyncIterable<Buffer>;
    const pieces: Buffer[] = [];
    for await (const piece of stream) pieces.push(piece);
    return Buffer.concat(pieces).toString("utf8");
  });
  const lines = events.split("\n").filter((line) => line.trim() !== "");
  return lines.some((line) => (JSON.parse(line) as KillEvent).Actor?.Attributes?.["signal"] !== kill);
}
