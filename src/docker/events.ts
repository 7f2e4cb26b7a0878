import { call, quickCallMs } from "./call.ts";
import type { Engine } from "./engine.ts";

interface Event {
  readonly Action?: string;
  readonly Actor?: { readonly Attributes?: Readonly<Record<string, string>> };
}

/** A container's last run that has ended with SIGKILL or less; times in milliseconds since the epoch by the daemon's clock. */
export interface EndedRun {
  readonly exitCode: number;
  readonly oomKilled: boolean;
  readonly startedAt: number;
  readonly finishedAt: number;
  /** Bytes; 0 for no limit. */
  readonly memoryLimit: number;
}

/** SIGKILL; whatever else a container gets is a wish that it may end, as `docker stop` and a daemon's shutdown begin with. */
const kill = "9";
const killed = 137;
/** On a busy host the word of the kernel gets to the daemon up to a second after the container's end, or never. */
const wordOfKernelMs = 2_000;

/**
 * Why a container's last run ended, beside what its program did (Docker API, "SystemEvents": kill, oom): whom the daemon
 * obeys asked it to, a client or the daemon itself when it is shut down; or the kernel killed it for want of memory,
 * which `State.OOMKilled` only tells when the daemon heard of it before the end. The daemon remembers its last few
 * hundred events; what it has forgotten counts as not done, and is null.
 */
export async function causeOfEnd(
  engine: Engine,
  id: string,
  run: EndedRun,
  signal: AbortSignal,
): Promise<"stopped" | "out-of-memory" | null> {
  if (run.oomKilled) return "out-of-memory";
  const patienceMs = run.exitCode === killed && run.memoryLimit > 0 ? wordOfKernelMs : 1;
  const filters = JSON.stringify({ container: [id], event: ["kill", "oom"] });
  // Both by the daemon's clock: with an end in its future the answer takes until then.
  const span = { since: (run.startedAt / 1000).toFixed(3), until: ((run.finishedAt + patienceMs) / 1000).toFixed(3) };
  return call("read the daemon's events", signal, quickCallMs, async (abortSignal) => {
    const options = { ...span, filters, abortSignal } as never;
    const stream = (await (engine.getEvents(options) as unknown as Promise<unknown>)) as AsyncIterable<Buffer>;
    let rest = "";
    for await (const piece of stream) {
      const lines = `${rest}${piece.toString("utf8")}`.split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) {
        const told = line.trim() === "" ? null : causeIn(JSON.parse(line) as Event);
        if (told !== null) return told;
      }
    }
    return rest.trim() === "" ? null : causeIn(JSON.parse(rest) as Event);
  });
}

function causeIn({ Action, Actor }: Event) {
  if (Action === "oom") return "out-of-memory";
  return Actor?.Attributes?.["signal"] === kill ? null : "stopped";
}
