import { randomUUID } from "node:crypto";
import { Readable } from "node:stream";

/** One part named `file`, as the artifact endpoint takes it (protocol section 9.1). The length is not known, so it is sent chunked. */
export function multipartFile(filename: string): {
  readonly contentType: string;
  /** Frames one reading of the content; errors of `content` become errors of the result. */
  frame(content: Readable): Readable;
} {
  const boundary = `longshore${randomUUID().replaceAll("-", "")}`;
  const disposition = `form-data; name="file"; filename="${quoted(filename)}"`;
  const head = `--${boundary}\r\nContent-Disposition: ${disposition}\r\nContent-Type: application/octet-stream\r\n\r\n`;
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    frame: (content) => {
      async function* parts(): AsyncGenerator<Buffer> {
        yield Buffer.from(head);
        yield* content as AsyncIterable<Buffer>;
        yield Buffer.from(`\r\n--${boundary}--\r\n`);
      }
      // An error before the first read is kept by the stream and comes out of the iteration.
      content.on("error", () => {});
      const framed = Readable.from(parts(), { objectMode: false });
      // The generator lets go of the content only once it has begun to read it.
      framed.once("close", () => content.destroy());
      return framed;
    },
  };
}

/** What browsers and Go do with characters that would end the header or the quotes. */
function quoted(filename: string): string {
  return filename.replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll('"', "%22");
}
