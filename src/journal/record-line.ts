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
  /** The file goes on with something that is no whole record: the end of a write that was cut off. */
  readonly torn: boolean;
}

/** Reads up to the first line that is not whole; what follows one can't be trusted. */
export function decodeRecords(file: Buffer): DecodedRecords {
  const records: unknown[] = [];
  let at = 0;
  while (at < file.length) {
    const end = file.indexOf("\n", at);
    const line = end === -1 ? null : decodeLine(file.toString("utf8", at, end));
    if (line === null) return { records, goodBytes: at, torn: true };
    records.push(line.record);
    at = end + 1;
  }
  return { records, goodBytes: at, torn: false };
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
