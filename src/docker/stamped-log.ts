import type { Readable } from "node:stream";
import { quickCallMs } from "./call.ts";
import { demux, type StreamChunk } from "./demux.ts";
import type { Engine } from "./engine.ts";
import { persistentCall } from "./persistent-call.ts";
import { StampedLines } from "./stamped-lines.ts";

/** As `followLog`, taken apart; each line begins with when it was printed, by the daemon's clock, and a space. */
export async function followStampedLog(
  engine: Engine,
  id: string,
  signal: AbortSignal,
): Promise<AsyncGenerator<StreamChunk>> {
  const stream = await persistentCall("follow the container's log", signal, quickCallMs, (abortSignal) =>
    engine.getContainer(id).logs({ follow: true, stdout: true, stderr: true, timestamps: true, abortSignal }),
  );
  return stampedLines(stream as unknown as Readable);
}

async function* stampedLines(stream: Readable): AsyncGenerator<StreamChunk> {
  const lines = { stdout: new StampedLines(), stderr: new StampedLines() };
  for await (const { source, bytes } of demux(stream, (of) => lines[of].beginPiece())) {
    const taken = lines[source].push(bytes);
    if (taken.length > 0) yield { source, bytes: taken };
  }
}
