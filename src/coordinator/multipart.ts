import { randomUUID } from "node:crypto";
import { pipeline, Transform, type Readable } from "node:stream";

/** One part named `file`, as the artifact endpoint takes it (protocol section 9.1). The length is not known, so it is sent chunked. */
export function multipartFile(filename: string): {
  readonly contentType: string;
  /** Frames one reading of the content: its errors become errors of the result, and it is destroyed with the result. */
  frame(content: Readable): Readable;
} {
  const boundary = `longshore${randomUUID().replaceAll("-", "")}`;
  const disposition = `form-data; name="file"; filename="${quoted(filename)}"`;
  const head = `--${boundary}\r\nContent-Disposition: ${disposition}\r\nContent-Type: application/octet-stream\r\n\r\n`;
  return {
    contentType: `multipart/form-data; boundary=${boundary}`,
    frame: (content) => {
      const framed = new Transform({
        transform: (chunk: Buffer, _encoding, done) => done(null, chunk),
        flush: (done) => done(null, Buffer.from(`\r\n--${boundary}--\r\n`)),
      });
      framed.push(head);
      // Either one's end or error is the other's; the reader of `framed` hears of it.
      pipeline(content, framed, () => {});
      return framed;
    },
  };
}

/** What browsers and Go do with characters that would end the header or the quotes. */
function quoted(filename: string): string {
  return filename.replaceAll("\r", "%0D").replaceAll("\n", "%0A").replaceAll('"', "%22");
}
