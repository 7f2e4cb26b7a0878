import { Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { demux } from "../../../src/docker/demux.ts";

interface Frame {
  readonly source: "stdout" | "stderr";
  readonly text: string;
}

function encode(frames: readonly Frame[]): Buffer {
  return Buffer.concat(
    frames.flatMap(({ source, text }) => {
      const payload = Buffer.from(text);
      const header = Buffer.alloc(8);
      header[0] = source === "stdout" ? 1 : 2;
      header.writeUInt32BE(payload.length, 4);
      return [header, payload];
    }),
  );
}

/** What came out, neighbours of one source joined: the cut of the stream must not show. */
async function read(chunks: Iterable<Buffer>): Promise<Frame[]> {
  const result: { source: Frame["source"]; bytes: Buffer }[] = [];
  for await (const { source, bytes } of demux(Readable.from(chunks, { objectMode: true }))) {
    expect(bytes.length).toBeGreaterThan(0);
    const last = result.at(-1);
    if (last?.source === source) last.bytes = Buffer.concat([last.bytes, bytes]);
    else result.push({ source, bytes });
  }
  return result.map(({ source, bytes }) => ({ source, text: bytes.toString() }));
}

function joined(frames: readonly Frame[]): Frame[] {
  return frames.reduce<Frame[]>((list, frame) => {
    const last = list.at(-1);
    if (frame.text === "") return list;
    if (last?.source !== frame.source) return [...list, frame];
    return [...list.slice(0, -1), { source: last.source, text: last.text + frame.text }];
  }, []);
}

function* cut(bytes: Buffer, sizes: readonly number[]): Generator<Buffer> {
  let position = 0;
  for (const size of sizes) {
    yield bytes.subarray(position, position + size);
    position += size;
  }
  yield bytes.subarray(position);
}

describe("the stream of an attached container", () => {
  test("comes out the same however it is cut", async () => {
    const frames = fc.array(
      fc.record({ source: fc.constantFrom("stdout" as const, "stderr" as const), text: fc.string({ maxLength: 30 }) }),
    );
    await fc.assert(
      fc.asyncProperty(frames, fc.array(fc.nat(12)), async (list, sizes) => {
        expect(await read(cut(encode(list), sizes))).toEqual(joined(list));
      }),
    );
  });

  test("comes out the same byte by byte", async () => {
    const frames: Frame[] = [
      { source: "stdout", text: "one\n" },
      { source: "stderr", text: "" },
      { source: "stderr", text: "två\n" },
      { source: "stdout", text: "three" },
    ];
    const bytes = encode(frames);
    expect(
      await read(
        cut(
          bytes,
          Array.from(bytes, () => 1),
        ),
      ),
    ).toEqual(joined(frames));
  });

  test("hands on what is there of a frame whose end never comes, and half a header for nothing", async () => {
    const bytes = encode([{ source: "stdout", text: "cut off" }]);
    expect(await read([bytes.subarray(0, 11)])).toEqual([{ source: "stdout", text: "cut" }]);
    expect(await read([bytes, bytes.subarray(0, 5)])).toEqual([{ source: "stdout", text: "cut off" }]);
  });

  test("hands on a piece as it arrives, without waiting for its frame", async () => {
    const header = Buffer.from([1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff]);
    const stream = new Readable({ read() {} });
    const chunks = demux(stream);
    stream.push(Buffer.concat([header, Buffer.from("now")]));
    expect((await chunks.next()).value).toEqual({ source: "stdout", bytes: Buffer.from("now") });
    stream.push(null);
    expect((await chunks.next()).done).toBe(true);
  });

  test("ends with the error of the stream", async () => {
    const stream = new Readable({ read() {} });
    const end = demux(stream)
      .next()
      .catch((error: unknown) => error);
    stream.destroy(new Error("the daemon went away"));
    expect(await end).toMatchObject({ message: "the daemon went away" });
  });
});
