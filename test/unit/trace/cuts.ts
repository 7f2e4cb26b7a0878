import fc from "fast-check";
import type { ByteFilter } from "../../../src/trace/byte-filter.ts";

/** Bytes together with a way to cut them; short pieces, so that borders fall everywhere. */
export function inPieces(bytes: fc.Arbitrary<Buffer>): fc.Arbitrary<readonly Buffer[]> {
  return fc
    .tuple(bytes, fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 40 }))
    .map(([whole, cuts]) => {
      const pieces: Buffer[] = [];
      for (let at = 0, turn = 0; at < whole.length; turn++) {
        const length = cuts[turn % cuts.length] as number;
        pieces.push(whole.subarray(at, at + length));
        at += length;
      }
      return pieces;
    });
}

export function textOf(filter: ByteFilter, pieces: readonly Buffer[]): string {
  return Buffer.concat([...pieces.map((piece) => Buffer.from(filter.push(piece))), filter.flush()]).toString("latin1");
}
