import type { Readable } from "node:stream";

export interface StreamChunk {
  readonly source: "stdout" | "stderr";
  readonly bytes: Buffer;
}

const headerBytes = 8;

/**
 * Takes the stream of an attach, exec or logs call apart (Docker API, "Stream format": one byte stream type, three
 * zero bytes, four bytes big-endian length, then the payload). Payloads are handed on as they arrive, not whole
 * frames, so that a frame larger than memory would allow costs nothing. The reader's pace is the stream's pace.
 *
 * @param onFrame told before the first bytes of each frame
 */
export async function* demux(
  stream: Readable,
  onFrame?: (source: StreamChunk["source"]) => void,
): AsyncGenerator<StreamChunk> {
  let header = Buffer.alloc(0);
  let source: StreamChunk["source"] = "stdout";
  let remaining = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    let position = 0;
    while (position < chunk.length) {
      if (remaining === 0) {
        const taken = chunk.subarray(position, position + headerBytes - header.length);
        header = Buffer.concat([header, taken]);
        position += taken.length;
        if (header.length < headerBytes) break;
        source = header[0] === 2 ? "stderr" : "stdout";
        remaining = header.readUInt32BE(4);
        header = Buffer.alloc(0);
        onFrame?.(source);
        continue;
      }
      const bytes = chunk.subarray(position, position + remaining);
      position += bytes.length;
      remaining -= bytes.length;
      yield { source, bytes };
    }
  }
}
