import { crc32 } from "node:zlib";

/** One record of a journal as a line: CRC-32 of the JSON in eight hex digits, a space, the JSON, a newline. */
export function encodeRecord(record: unknown): string {
  const json = JSON.stringify(record);
  return `${checksum(json)} ${json}\n`;
}

export interface DecodedRecords {
  readonly records: readonly unknown[];
  /** Bytes of the file up to the end of the last good record. */
  readonly goodBytes: number;
  /** Something in it is no whole record: the end of a write that was cut off, or damage. */
  readonly torn: boolean;
}

/** Reads all lines that are whole: each has its own checksum, so damage before one is none of its business. */
export function decodeRecords(file: Buffer): DecodedRecords {
  const records: unknown[] = [];
  let goodBytes = 0;
  let torn = false;
  for (let at = 0; at < file.length;) {
    const end = file.indexOf("\n", at);
    const line = end === -1 ? null : decodeLine(file.toString("utf8", at, end));
    at = end === -1 ? file.length : end + 1;
    if (line === null) torn = true;
    else {
      records.push(line.record);
      goodBytes = at;
    }
  }
  return { records, goodBytes, torn };
}

function decodeLine(line: string): { readonly record: unknown } | null {
  const json = line.slice(9);
  if (line[8] !== " " || line.slice(0, 8) !== checksum(json)) return null;
  try {
    return { record: JSON.parse(json) as unknown };
  } catch {
    // Damage may have a checksum that fits: that of nothing is 00000000.
    return null;
  }
}

function checksum(json: string): string {
  return crc32(json).toString(16).padStart(8, "0");
}
