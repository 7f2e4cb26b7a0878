import { containerLogs } from "../docker/container.ts";
import { demux } from "../docker/demux.ts";
import type { Engine } from "../docker/engine.ts";

const limitMs = 5_000;

/** The last `lines` lines of a service, as far as they can be read; "" for one that is not there. Rejects only with `signal`. */
export async function serviceLog(engine: Engine, id: string, lines: number, signal: AbortSignal): Promise<string> {
  const pieces: Buffer[] = [];
  const limit = AbortSignal.any([signal, AbortSignal.timeout(limitMs)]);
  try {
    for await (const { bytes } of demux(await containerLogs(engine, id, lines, limit))) pieces.push(bytes);
  } catch {
    signal.throwIfAborted();
  }
  return Buffer.concat(pieces).toString("utf8");
}
