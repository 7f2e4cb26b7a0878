import type { Readable } from "node:stream";
import { quickCallMs } from "./call.ts";
import type { Engine } from "./engine.ts";
import { persistentCall } from "./persistent-call.ts";

/** As `followLog`; each line begins with when it was printed, by the daemon's clock, and a space. */
export async function followStampedLog(engine: Engine, id: string, signal: AbortSignal): Promise<Readable> {
  const stream = await persistentCall("follow the container's log", signal, quickCallMs, (abortSignal) =>
    engine.getContainer(id).logs({ follow: true, stdout: true, stderr: true, timestamps: true, abortSignal }),
  );
  return stream as unknown as Readable;
}
