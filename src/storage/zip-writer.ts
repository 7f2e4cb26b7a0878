import { Readable, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { type Codec, deflateCodec, isCompressedName, storeCodec } from "./block-compression.ts";
import { fileSteps, type Step, STEPS_AHEAD } from "./file-blocks.ts";
import { type TarFile, tarFiles } from "./tar-files.ts";
import { centralHeader, dataDescriptor, endOfArchive, localHeader, type ZipRecord } from "./zip-format.ts";

export interface PackOptions {
  /** Name of the directory that the tar stream is about: every name begins with it. "" for none. */
  readonly stripPrefix: string;
  readonly signal?: AbortSignal;
  /** Compresses what isn't compressed yet; default deflate at level 5. */
  readonly codec?: Codec;
}

/** Files, directories and links; bytes that were written. */
export interface Packed {
  readonly files: number;
  readonly bytes: number;
}

const TYPE_BITS = { file: 0o100000, directory: 0o040000, symlink: 0o120000 };
/** Above it, what 32 bits hold could be too little for the sizes once it is compressed. */
const LARGE = 0xf0000000;

/** Turns a tar stream into a zip archive as it passes, memory bounded. Ends `out`. */
export async function tarToZip(tar: Readable, out: Writable, options: PackOptions): Promise<Packed> {
  const codec = options.codec ?? deflateCodec(5);
  const writer = new ZipWriter(codec);
  const signal = options.signal ? { signal: options.signal } : {};
  const steps = Readable.from(allSteps(tarFiles(tar, options.stripPrefix), codec), { highWaterMark: STEPS_AHEAD });
  await pipeline(steps, (source: AsyncIterable<Step>) => writer.write(source), out, signal);
  return writer.packed;
}

async function* allSteps(files: AsyncIterable<TarFile>, codec: Codec): AsyncGenerator<Step> {
  for await (const file of files) yield* fileSteps(file, codecFor(file, codec));
}

function codecFor(file: TarFile, codec: Codec): Codec {
  return file.kind !== "file" || isCompressedName(file.name) ? storeCodec : codec;
}

class ZipWriter {
  readonly #codec: Codec;
  readonly #records: ZipRecord[] = [];
  #offset = 0;
  /** The large file that is being written. */
  #open: ZipRecord | null = null;

  constructor(codec: Codec) {
    this.#codec = codec;
  }

  get packed(): Packed {
    return { files: this.#records.length, bytes: this.#offset };
  }

  async *write(steps: AsyncIterable<Step>): AsyncGenerator<Buffer> {
    for await (const buffer of this.#archive(steps)) {
      this.#offset += buffer.length;
      yield buffer;
    }
  }

  async *#archive(steps: AsyncIterable<Step>): AsyncGenerator<Buffer> {
    for await (const step of steps) {
      const { kind } = step;
      if (kind === "whole") yield* this.#whole(step, await step.data);
      else if (kind === "begin") yield this.#begin(step.file);
      else if (kind === "block") yield this.#count(await step.data);
      else yield* this.#end(step.file, step.crc, step.size);
    }
    yield* this.#directory();
  }

  *#whole({ file, crc, raw }: Step & { kind: "whole" }, data: Buffer): Generator<Buffer> {
    const smaller = data.length < raw.length;
    const content = smaller ? data : raw;
    const method = smaller ? this.#codec.method : 0;
    const record = { ...this.#record(file, method), crc, size: raw.length, compressed: content.length };
    this.#records.push(record);
    yield localHeader(record);
    yield content;
  }

  #begin(file: TarFile): Buffer {
    this.#open = { ...this.#record(file, codecFor(file, this.#codec).method), streamed: true };
    return localHeader(this.#open);
  }

  #count(data: Buffer): Buffer {
    if (this.#open) this.#open = { ...this.#open, compressed: this.#open.compressed + data.length };
    return data;
  }

  *#end(file: TarFile, crc: number, size: number): Generator<Buffer> {
    yield this.#count(codecFor(file, this.#codec).end);
    if (!this.#open) return;
    const record = { ...this.#open, crc, size };
    this.#records.push(record);
    yield dataDescriptor(record);
  }

  *#directory(): Generator<Buffer> {
    const start = this.#offset;
    for (const record of this.#records) yield centralHeader(record);
    yield endOfArchive(this.#records.length, this.#offset - start, start);
  }

  #record(file: TarFile, method: number): ZipRecord {
    return {
      name: Buffer.from(file.kind === "directory" ? `${file.name}/` : file.name),
      mode: TYPE_BITS[file.kind] | file.mode,
      uid: file.uid,
      gid: file.gid,
      mtime: file.mtime,
      method,
      crc: 0,
      compressed: 0,
      size: 0,
      streamed: false,
      large: file.size > LARGE,
      offset: this.#offset,
    };
  }
}
