import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { z } from "zod";

const bytes = z.number().int().nonnegative();
const sampleSchema = z.object({ rss: bytes, heapUsed: bytes, external: bytes, arrayBuffers: bytes });

/** What a process holds, in bytes, after a full collection. */
export type MemorySample = z.output<typeof sampleSchema>;

const askLimitMs = 30_000;

/** Asks memory-probe.ts in the process that listens at `path`. */
export async function sampleMemory(path: string): Promise<MemorySample> {
  const socket = connect({ path });
  socket.setTimeout(askLimitMs, () => socket.destroy(new Error("the process says nothing about its memory")));
  return sampleSchema.parse(JSON.parse(await text(socket)));
}

/** Least squares: how much `values` grow from one to the next; NaN for less than two. Pure. */
export function slopeOf(values: readonly number[]): number {
  const middle = (values.length - 1) / 2;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const products = values.reduce((sum, value, index) => sum + (index - middle) * (value - mean), 0);
  const squares = values.reduce((sum, _, index) => sum + (index - middle) ** 2, 0);
  return products / squares;
}
