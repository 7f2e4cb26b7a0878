/** What a zip archive says of one entry. Sizes in bytes. */
export interface ZipRecord {
  readonly name: Uint8Array;
  /** Unix file type and permissions, as in `st_mode`. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtime: Date;
  /** Compression: 0 stored, 8 deflate, 93 zstd. */
  readonly method: number;
  readonly crc: number;
  readonly compressed: number;
  readonly size: number;
  /** Whether the sizes follow the data instead of preceding it. */
  readonly streamed: boolean;
  /** Whether the sizes may need more than 32 bits; known before the data is. */
  readonly large: boolean;
  /** Position of the local header. */
  readonly offset: number;
}

const ZSTD = 93;
const UTF8_NAMES = 0x0800;
const SIZES_FOLLOW = 0x0008;
const MADE_BY_UNIX = (3 << 8) | 63;
const OWNER_FIELD = 0x7875;
const MAX32 = 0xffffffff;
const MAX16 = 0xffff;
const MINUTE_2107 = Date.UTC(2107, 11, 31, 23, 59, 58);

export function localHeader(record: ZipRecord): Buffer {
  const { streamed, large } = record;
  const known = !streamed;
  // The extra field reserves the room even when the sizes follow: that is how a reader knows their width.
  const extra = Buffer.concat([
    timestamp(record),
    owner(record),
    large ? zip64Field([known ? record.size : 0, known ? record.compressed : 0]) : NOTHING,
  ]);
  const header = Buffer.alloc(30);
  header.writeUInt32LE(0x04034b50, 0);
  writeShared(header, record, 4);
  header.writeUInt32LE(known ? record.crc : 0, 14);
  header.writeUInt32LE(large ? MAX32 : known ? record.compressed : 0, 18);
  header.writeUInt32LE(large ? MAX32 : known ? record.size : 0, 22);
  header.writeUInt16LE(record.name.length, 26);
  header.writeUInt16LE(extra.length, 28);
  return Buffer.concat([header, record.name, extra]);
}

/** What follows the data of a streamed entry. */
export function dataDescriptor({ crc, compressed, size, large }: ZipRecord): Buffer {
  const descriptor = Buffer.alloc(large ? 24 : 16);
  descriptor.writeUInt32LE(0x08074b50, 0);
  descriptor.writeUInt32LE(crc, 4);
  if (large) {
    descriptor.writeBigUInt64LE(BigInt(compressed), 8);
    descriptor.writeBigUInt64LE(BigInt(size), 16);
  } else {
    descriptor.writeUInt32LE(compressed, 8);
    descriptor.writeUInt32LE(size, 12);
  }
  return descriptor;
}

export function centralHeader(record: ZipRecord): Buffer {
  const far = record.offset >= MAX32;
  const values = [...(record.large ? [record.size, record.compressed] : []), ...(far ? [record.offset] : [])];
  const extra = Buffer.concat([timestamp(record), owner(record), values.length > 0 ? zip64Field(values) : NOTHING]);
  const header = Buffer.alloc(46);
  header.writeUInt32LE(0x02014b50, 0);
  header.writeUInt16LE(MADE_BY_UNIX, 4);
  writeShared(header, { ...record, large: record.large || far }, 6);
  header.writeUInt32LE(record.crc, 16);
  header.writeUInt32LE(record.large ? MAX32 : record.compressed, 20);
  header.writeUInt32LE(record.large ? MAX32 : record.size, 24);
  header.writeUInt16LE(record.name.length, 28);
  header.writeUInt16LE(extra.length, 30);
  const directory = (record.mode & 0o170000) === 0o040000 ? 0x10 : 0;
  header.writeUInt32LE((((record.mode & MAX16) << 16) | directory) >>> 0, 38);
  header.writeUInt32LE(far ? MAX32 : record.offset, 42);
  return Buffer.concat([header, record.name, extra]);
}

/** The end of an archive whose central directory has `count` entries in `size` bytes at `offset`. */
export function endOfArchive(count: number, size: number, offset: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(Math.min(count, MAX16), 8);
  end.writeUInt16LE(Math.min(count, MAX16), 10);
  end.writeUInt32LE(Math.min(size, MAX32), 12);
  end.writeUInt32LE(Math.min(offset, MAX32), 16);
  if (count < MAX16 && size < MAX32 && offset < MAX32) return end;
  const large = Buffer.alloc(56);
  large.writeUInt32LE(0x06064b50, 0);
  large.writeBigUInt64LE(44n, 4);
  large.writeUInt16LE(MADE_BY_UNIX, 12);
  large.writeUInt16LE(45, 14);
  large.writeBigUInt64LE(BigInt(count), 24);
  large.writeBigUInt64LE(BigInt(count), 32);
  large.writeBigUInt64LE(BigInt(size), 40);
  large.writeBigUInt64LE(BigInt(offset), 48);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(offset + size), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([large, locator, end]);
}

const NOTHING = Buffer.alloc(0);

/** Version needed, flags, method, time: the same in both headers. */
function writeShared(header: Buffer, record: ZipRecord, at: number): void {
  const needed = record.method === ZSTD ? 63 : record.large ? 45 : 20;
  header.writeUInt16LE(needed, at);
  header.writeUInt16LE(UTF8_NAMES | (record.streamed ? SIZES_FOLLOW : 0), at + 2);
  header.writeUInt16LE(record.method, at + 4);
  const time = new Date(Math.min(Math.max(record.mtime.getTime(), Date.UTC(1980, 0, 1)), MINUTE_2107));
  header.writeUInt16LE((time.getUTCHours() << 11) | (time.getUTCMinutes() << 5) | (time.getUTCSeconds() >> 1), at + 6);
  const days = ((time.getUTCFullYear() - 1980) << 9) | ((time.getUTCMonth() + 1) << 5) | time.getUTCDate();
  header.writeUInt16LE(days, at + 8);
}

/** Info-ZIP's extended timestamp: seconds since the epoch, where the plain fields have no zone and steps of two seconds. */
function timestamp({ mtime }: ZipRecord): Buffer {
  const seconds = Math.floor(mtime.getTime() / 1000);
  if (seconds < -0x80000000 || seconds > 0x7fffffff) return NOTHING;
  const field = Buffer.alloc(9);
  field.writeUInt16LE(0x5455, 0);
  field.writeUInt16LE(5, 2);
  field.writeUInt8(1, 4);
  field.writeInt32LE(seconds, 5);
  return field;
}

/** Info-ZIP's field for user and group, each a size in bytes and a number. */
function owner({ uid, gid }: ZipRecord): Buffer {
  const field = Buffer.alloc(15);
  field.writeUInt16LE(OWNER_FIELD, 0);
  field.writeUInt16LE(11, 2);
  field.writeUInt8(1, 4);
  field.writeUInt8(4, 5);
  field.writeUInt32LE(uid, 6);
  field.writeUInt8(4, 10);
  field.writeUInt32LE(gid, 11);
  return field;
}

/** What such a field says; root when it is missing, or of a version or size that is not known. */
export function ownerOf(fields: readonly { readonly id: number; readonly data: Buffer }[]): {
  readonly uid: number;
  readonly gid: number;
} {
  const data = fields.find(({ id }) => id === OWNER_FIELD)?.data;
  if (data === undefined || data.length < 11 || data[0] !== 1 || data[1] !== 4 || data[6] !== 4) {
    return { uid: 0, gid: 0 };
  }
  return { uid: data.readUInt32LE(2), gid: data.readUInt32LE(7) };
}

function zip64Field(values: readonly number[]): Buffer {
  const field = Buffer.alloc(4 + 8 * values.length);
  field.writeUInt16LE(0x0001, 0);
  field.writeUInt16LE(8 * values.length, 2);
  for (const [index, value] of values.entries()) field.writeBigUInt64LE(BigInt(value), 4 + 8 * index);
  return field;
}
