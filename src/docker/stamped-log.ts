import type { Readable } from "node:stream";
import { quickCallMs } from "./call.ts";
import { demux, type StreamChunk } from "./demux.ts";
import type { Engine } from "./engine.ts";
import { persistentCall } from "./persistent-call.ts";
import { StampedLines } from "./stamped-lines.ts";

/** As `followLog`; each line begins with when it was printed, by the daemon's clock, and a space. */
export function followStampedLog(
  engine: Engine,
  id: string,
  signal: AbortSignal,
): Promise<AsyncGenerator<StreamChunk>> {
  return follow(engine, id, true, signal);
}

/**
 * All that a container printed, from its first byte on and byte for byte; ends when its current run does. What follows a
 * run that did not end its last line begins on a new one.
 */
export function followLog(engine: Engine, id: string, signal: AbortSignal): Promise<AsyncGenerator<StreamChunk>> {
  return follow(engine, id, false, signal);
}

async function follow(
  engine: Engine,
  id: string,
  showsTime: boolean,
  signal: AbortSignal,
): Promise<AsyncGenerator<StreamChunk>> {
  const stream = await persistentCall("follow the container's log", signal, quickCallMs, (abortSignal) =>
    engine.getContainer(id).logs({ follow: true, stdout: true, stderr: true, timestamps: true, abortSignal }),
  );
  return wholeLines(stream as unknown as Readable, showsTime);
}

async function* wholeLines(stream: Readable, showsTime: boolean): AsyncGenerator<StreamChunk> {
  const lines = { stdout: new StampedLines(showsTime), stderr: new StampedLines(showsTime) };
  for await (const { source, bytes } of demux(stream, (of) => lines[of].beginPiece())) {
    const taken = lines[source].push(bytes);
    if (taken.length > 0) yield { source, bytes: taken };
  }
}
