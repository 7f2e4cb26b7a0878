/** What stands in a multipart/form-data body, in order, as it arrives. */
export type MultipartEvent =
  | { readonly kind: "part"; readonly name: string; readonly filename: string }
  | { readonly kind: "data"; readonly bytes: Buffer }
  | { readonly kind: "part-end" };

/** The body is not what RFC 7578 describes, or it ends too early. */
export class MultipartError extends Error {
  override readonly name = "MultipartError";
}

const headerLimit = 16 << 10;

/** The boundary of a Content-Type header, or null when it is no multipart/form-data. */
export function boundaryOf(contentType: string | undefined): string | null {
  const match = /^multipart\/form-data\s*;(?:.*;)?\s*boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))/i.exec(
    contentType ?? "",
  );
  return match?.[1] ?? match?.[2] ?? null;
}

/**
 * Parses a body of any length with bounded memory: never more is kept than one chunk, one delimiter and one part's
 * headers. How the chunks are cut makes no difference to the bytes of the parts.
 */
export async function* parseMultipart(
  source: AsyncIterable<Uint8Array>,
  boundary: string,
): AsyncGenerator<MultipartEvent, void, void> {
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  // The first delimiter may stand at the very start; with a line end put in front it is like all the others.
  let rest: Buffer = Buffer.from("\r\n");
  let state: "preamble" | "delimiter" | "headers" | "body" | "done" = "preamble";

  for await (const chunk of source) {
    if (state === "done") continue; // The epilogue says nothing, but has to be read.
    rest = rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]);
    for (let more = true; more;) {
      more = false;
      if (state === "preamble" || state === "body") {
        const at = rest.indexOf(delimiter);
        const upTo = at >= 0 ? at : Math.max(0, rest.length - delimiter.length + 1);
        if (state === "body" && upTo > 0) yield { kind: "data", bytes: rest.subarray(0, upTo) };
        rest = rest.subarray(upTo);
        if (at < 0) break;
        if (state === "body") yield { kind: "part-end" };
        rest = rest.subarray(delimiter.length);
        state = "delimiter";
      }
      if (state === "delimiter") {
        const line = afterDelimiter(rest);
        if (line === null) break;
        rest = rest.subarray(line.length);
        state = line.last ? "done" : "headers";
        if (line.last) break;
        // So that a part without any header ends its headers like one that has some.
        rest = Buffer.concat([Buffer.from("\r\n"), rest]);
      }
      if (state === "headers") {
        const end = rest.indexOf("\r\n\r\n");
        if (end < 0 && rest.length > headerLimit) throw new MultipartError("the headers of a part are too long");
        if (end < 0) break;
        yield partOf(rest.toString("utf8", 0, end));
        rest = rest.subarray(end + 4);
        state = "body";
        more = true;
      }
    }
  }
  if (state !== "done") throw new MultipartError("the body ends before its last boundary");
}

/** What follows a boundary: `--` after the last one, else optional blanks and a line end; null: not all here yet. */
function afterDelimiter(rest: Buffer): { readonly last: boolean; readonly length: number } | null {
  if (rest.length < 2) return null;
  if (rest[0] === 0x2d && rest[1] === 0x2d) return { last: true, length: 2 };
  let at = 0;
  while (at < rest.length && (rest[at] === 0x20 || rest[at] === 0x09)) at++;
  if (at > 1024) throw new MultipartError("a boundary is followed by too many blanks");
  if (rest.length < at + 2) return null;
  if (rest[at] !== 0x0d || rest[at + 1] !== 0x0a) throw new MultipartError("a boundary is followed by something else");
  return { last: false, length: at + 2 };
}

function partOf(headers: string): MultipartEvent {
  const disposition = /^content-disposition:\s*form-data\s*;(.*)$/im.exec(headers)?.[1] ?? "";
  return { kind: "part", name: parameter(disposition, "name"), filename: parameter(disposition, "filename") };
}

function parameter(disposition: string, key: string): string {
  const match = new RegExp(`(?:^|;)\\s*${key}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]*))`, "i").exec(disposition);
  return match?.[1]?.replace(/\\(["\\])/g, "$1") ?? match?.[2] ?? "";
}
