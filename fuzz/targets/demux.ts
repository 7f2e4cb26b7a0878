import * as fc from "fast-check";
import { Readable } from "node:stream";
import { demux } from "../../src/docker/demux.ts";
import { readFirstFile } from "../../src/docker/first-file.ts";
import { boundaryOf, MultipartError, parseMultipart } from "../../src/coordinator/embedded/multipart.ts";
import { hold, holdEqual } from "../hold.ts";
import { tarOf } from "../archives.ts";
import type { FuzzTarget } from "../target.ts";
import { damaged, hostileText, inPieces } from "../texts.ts";

const payload = hostileText(["out", "\n", "\0", "\x01\0\0\0"], { longest: 50_000, pieces: 4 });
const frame = fc
  .tuple(fc.constantFrom(0, 1, 2, 3, 255), payload, fc.constantFrom(0, 0, 0, 0, 1, 0xffff_0000))
  .map(([stream, text, wrong]) => {
    const bytes = Buffer.from(text);
    const header = Buffer.alloc(8);
    header[0] = stream;
    header.writeUInt32BE(Math.min(bytes.length + wrong, 0xffff_ffff), 4);
    return Buffer.concat([header, bytes]);
  });
const stream = inPieces(damaged(fc.array(frame, { maxLength: 5 }).map((frames) => Buffer.concat(frames))));

/** A container's output as the daemon sends it: no more comes out than goes in, however it is cut. */
export const demuxed: FuzzTarget<readonly Buffer[]> = {
  name: "demux",
  share: 30,
  arbitrary: stream,
  async check(chunks) {
    const whole = Buffer.concat(chunks);
    const cut = await collect(demux(Readable.from(chunks)));
    holdEqual(cut, await collect(demux(Readable.from([whole]))), "the output is the same however the stream is cut");
    hold(cut.stdout.length + cut.stderr.length <= whole.length, "nothing comes from nowhere");
  },
};

async function collect(output: ReturnType<typeof demux>): Promise<{ stdout: Buffer; stderr: Buffer }> {
  const parts: Record<"stdout" | "stderr", Buffer[]> = { stdout: [], stderr: [] };
  for await (const { source, bytes } of output) parts[source].push(bytes);
  return { stdout: Buffer.concat(parts.stdout), stderr: Buffer.concat(parts.stderr) };
}

/** A file out of a container, as the archive API gives it. */
export const firstFile: FuzzTarget<readonly Buffer[]> = {
  name: "first-file",
  share: 10,
  arbitrary: inPieces(damaged(tarOf())),
  async check(chunks) {
    const text = await readFirstFile(Readable.from(chunks), 1000).catch((error: unknown) => {
      hold(error instanceof Error && error.message !== "", "a failure has a message");
      return "";
    });
    hold(text.length <= 1000, "no more is read than was asked for");
  },
};

const body = hostileText(
  [
    "--b",
    "--b--",
    "\r\n",
    "\r\n\r\n",
    "Content-Disposition: form-data; ",
    'name="file"',
    'filename="a\\"b"',
    ":",
    "x",
    " ",
  ],
  { longest: 60_000 },
);

/** Uploads to the embedded coordinator. */
export const multipart: FuzzTarget<{ readonly chunks: readonly Buffer[]; readonly type: string }> = {
  name: "multipart",
  share: 20,
  arbitrary: fc.record({
    chunks: inPieces(damaged(body.map((text) => Buffer.from(text)))),
    type: hostileText(["multipart/form-data", ";", " ", "boundary=", '"', "b", "charset=x"], { longest: 30_000 }),
  }),
  async check({ chunks, type }) {
    boundaryOf(type);
    const whole = await partsOf(chunks);
    holdEqual(whole, await partsOf([Buffer.concat(chunks)]), "the parts are the same however the body is cut");
  },
};

async function partsOf(chunks: readonly Buffer[]): Promise<unknown> {
  const parts: unknown[] = [];
  const data: Buffer[] = [];
  try {
    for await (const event of parseMultipart(Readable.from(chunks), "b")) {
      if (event.kind === "data") data.push(event.bytes);
      else parts.push(event, Buffer.concat(data.splice(0)));
    }
    return parts;
  } catch (error) {
    if (error instanceof MultipartError) return error.message;
    throw error;
  }
}
