import { posix } from "node:path";
import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { BLOCKS_END, type Codec, deflateCodec } from "./block-compression.ts";
import { BlockPool } from "./block-pool.ts";
import { fileSteps, type Step, STEPS_AHEAD } from "./file-blocks.ts";
import { type TarFile, tarFiles } from "./tar-files.ts";
import { DEFAULT_LEVEL, type Packed, type PackOptions } from "./zip-writer.ts";

/** Turns the regular files of a tar stream into gzip members, one after another (protocol 9.1). Ends `out`. */
export async function tarToGzip(tar: Readable, out: Writable, options: PackOptions): Promise<Packed> {
  const result = { files: 0, bytes: 0 };
  const steps = Readable.from(
    allSteps(tarFiles(tar, options.stripPrefix, options.tally), deflateCodec(DEFAULT_LEVEL)),
    {
      highWaterMark: STEPS_AHEAD,
    },
  );
  const members = async function* (source: AsyncIterable<Step>) {
    for await (const buffer of gzip(source)) {
      result.bytes += buffer.length;
      yield buffer;
    }
  };
  const counted = async function* (source: AsyncIterable<Step>) {
    for await (const step of source) {
      if (step.kind === "begin") result.files++;
      yield step;
    }
  };
  const signal = options.signal ? { signal: options.signal } : {};
  await pipeline(steps, counted, members, out, signal);
  return result;
}

async function* allSteps(files: AsyncIterable<TarFile>, codec: Codec): AsyncGenerator<Step> {
  const pool = new BlockPool();
  for await (const file of files) {
    // Told to be large: then every file is written block by block.
    if (file.kind === "file") yield* fileSteps({ ...file, size: Infinity }, codec, pool);
  }
}

async function* gzip(steps: AsyncIterable<Step>): AsyncGenerator<Buffer> {
  for await (const step of steps) {
    if (step.kind === "begin") yield memberHeader(step.file);
    else if (step.kind === "block") yield await step.packed;
    else if (step.kind === "end") yield memberEnd(step.crc, step.size);
  }
}

const NAME_AND_COMMENT = 0x18;

/** The name is the file's own, the comment its path: what the coordinator tells the files of a report apart by. */
function memberHeader(file: TarFile): Buffer {
  const header = Buffer.from([0x1f, 0x8b, 8, NAME_AND_COMMENT, 0, 0, 0, 0, 0, 255]);
  const seconds = Math.floor(file.mtime.getTime() / 1000);
  header.writeUInt32LE(seconds > 0 && seconds <= 0xffffffff ? seconds : 0, 4);
  const texts = [posix.basename(file.name), file.name].map((text) => `${headerText(text)}\0`);
  return Buffer.concat([header, Buffer.from(texts.join(""), "latin1")]);
}

function memberEnd(crc: number, size: number): Buffer {
  const end = Buffer.alloc(10);
  end.set(BLOCKS_END);
  end.writeUInt32LE(crc, 2);
  end.writeUInt32LE(size % 2 ** 32, 6);
  return end;
}

/** Text beyond ASCII is written as GitLab Runner does: percent-encoded behind `e:`. */
function headerText(text: string): string {
  if (!/[%\P{ASCII}]/u.test(text)) return text;
  const encoded = encodeURIComponent(text)
    .replaceAll(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll(/%(?:24|26|2B|3A|3D|40)/g, decodeURIComponent);
  return `e:${encoded}`;
}
