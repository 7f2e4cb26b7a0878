import { isUtf8 } from "node:buffer";
import type { ByteFilter } from "./byte-filter.ts";
import { noBytes } from "./byte-filter.ts";

/**
 * Replaces what is not UTF-8 by U+FFFD (protocol section 8.1), one for each broken sequence. Holds back at most the
 * three bytes of a character whose end has not come yet.
 */
export class Utf8Filter implements ByteFilter {
  #held: Buffer = noBytes;

  push(chunk: Buffer): Buffer {
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    const end = bytes.length - unfinishedBytes(bytes);
    this.#held = end === bytes.length ? noBytes : Buffer.from(bytes.subarray(end));
    return repaired(end === bytes.length ? bytes : bytes.subarray(0, end));
  }

  flush(): Buffer {
    const rest = repaired(this.#held);
    this.#held = noBytes;
    return rest;
  }
}

/**
 * How many bytes at the end belong to a character that may still be completed: 0 to 3. A lead byte always begins a
 * new character, whatever stands before it, so cutting there never changes how either side is read.
 */
export function unfinishedBytes(bytes: Uint8Array): number {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] as number;
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return lengthByLead(byte) > back ? back : 0;
  }
  return 0;
}

function lengthByLead(lead: number): number {
  if (lead >= 0xf8) return 1;
  if (lead >= 0xf0) return 4;
  return lead >= 0xe0 ? 3 : 2;
}

function repaired(bytes: Buffer): Buffer {
  return isUtf8(bytes) ? bytes : Buffer.from(bytes.toString("utf8"), "utf8");
}
