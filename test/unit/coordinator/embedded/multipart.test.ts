import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boundaryOf, MultipartError, parseMultipart } from "../../../../src/coordinator/embedded/multipart.ts";

interface Part {
  readonly name: string;
  readonly filename: string;
  readonly content: string;
}

async function* chunksOf(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  let from = 0;
  for (const cut of [...cuts].map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b)) {
    yield bytes.subarray(from, cut);
    from = cut;
  }
  yield bytes.subarray(from);
}

async function parse(bytes: Uint8Array, boundary: string, cuts: readonly number[] = []): Promise<Part[]> {
  const parts: Part[] = [];
  let content: Buffer[] = [];
  let open: { name: string; filename: string } | null = null;
  for await (const event of parseMultipart(chunksOf(bytes, cuts), boundary)) {
    if (event.kind === "part") [open, content] = [event, []];
    else if (event.kind === "data") content.push(Buffer.from(event.bytes));
    else if (open !== null) {
      parts.push({ name: open.name, filename: open.filename, content: Buffer.concat(content).toString("latin1") });
    }
  }
  return parts;
}

function body(boundary: string, parts: readonly Part[], preamble = "", epilogue = "\r\n"): Buffer {
  const text = parts.map(
    ({ name, filename, content }) =>
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"; filename="${filename}"\r\n` +
      `Content-Type: application/octet-stream\r\n\r\n${content}\r\n`,
  );
  return Buffer.from(`${preamble}${text.join("")}--${boundary}--${epilogue}`, "latin1");
}

describe("parseMultipart", () => {
  it("gives the same parts however the body is cut", async () => {
    // Many line ends, dashes and beginnings of the boundary, which is where a parser goes wrong.
    const piece = fc.constantFrom(
      "\r",
      "\n",
      "\r\n",
      "-",
      "--",
      "\r\n--",
      "\r\n--b",
      "\r\n--bo",
      "b",
      "ou",
      "x",
      "\0",
      "ÿ",
    );
    const content = fc
      .array(piece, { maxLength: 30 })
      .map((pieces) => pieces.join(""))
      .filter((text) => !`\r\n${text}\r\n`.includes("\r\n--bou"));
    const part = fc.record({ name: fc.constant("file"), filename: fc.constantFrom("a.zip", "b.gz"), content });
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 3 }),
        fc.array(fc.nat(), { maxLength: 40 }),
        fc.constantFrom("", "ignored\r\n"),
        async (parts, cuts, preamble) => {
          expect(await parse(body("bou", parts, preamble), "bou", cuts)).toEqual(parts);
        },
      ),
    );
  });

  it("gives the same parts when every chunk is one byte", async () => {
    const bytes = body("bou", [{ name: "file", filename: "a.zip", content: "\r\n--bo\r\n" }]);
    const cuts = Array.from({ length: bytes.length }, (_, at) => at);
    expect(await parse(bytes, "bou", cuts)).toEqual([{ name: "file", filename: "a.zip", content: "\r\n--bo\r\n" }]);
  });

  it("keeps no more of a long part than one chunk and a delimiter", async () => {
    const chunk = new Uint8Array(65_536);
    async function* long() {
      yield Buffer.from('--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n');
      for (let n = 0; n < 50; n++) yield chunk;
      yield Buffer.from("\r\n--b--");
    }
    let longest = 0;
    let size = 0;
    for await (const event of parseMultipart(long(), "b")) {
      if (event.kind !== "data") continue;
      size += event.bytes.length;
      longest = Math.max(longest, event.bytes.length);
    }
    expect(size).toBe(50 * chunk.length);
    expect(longest).toBeLessThanOrEqual(chunk.length + 7);
  });

  it("refuses a body that ends too early, wherever that is", async () => {
    const whole = body("bou", [{ name: "file", filename: "a.zip", content: "content" }], "", "");
    for (let length = 0; length < whole.length - 1; length++) {
      await expect(parse(whole.subarray(0, length), "bou"), `${length} bytes`).rejects.toThrow(MultipartError);
    }
  });

  it("refuses headers without an end and a boundary that goes on", async () => {
    const endless = Buffer.from(`--b\r\n${"X: y\r\n".repeat(4000)}`);
    await expect(parse(endless, "b")).rejects.toThrow("too long");
    await expect(parse(Buffer.from("--bX\r\n\r\n\r\n--b--"), "b")).rejects.toThrow("something else");
  });

  it("reads names with quotes, semicolons and without quotes", async () => {
    const bytes = Buffer.from(
      '--b\r\ncontent-disposition: form-data; name=file; filename="a \\"b\\"; c.zip"\r\n\r\n\r\n--b--\r\n',
    );
    expect(await parse(bytes, "b")).toEqual([{ name: "file", filename: 'a "b"; c.zip', content: "" }]);
  });
});

describe("boundaryOf", () => {
  it.each([
    ["multipart/form-data; boundary=abc", "abc"],
    ['multipart/form-data; charset=utf-8; boundary="a b"', "a b"],
    ["Multipart/Form-Data;boundary=abc; x=y", "abc"],
    ["multipart/mixed; boundary=abc", null],
    ["multipart/form-data", null],
    [undefined, null],
  ])("reads %s as %s", (header, boundary) => {
    expect(boundaryOf(header)).toBe(boundary);
  });
});
