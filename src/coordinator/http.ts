import { type FileHandle, open } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { Request } from "got";
import type { Route } from "./agents.ts";
import { roomFor } from "./file-room.ts";
import { describeNetworkError, type NetworkFailure } from "./network-error.ts";
import { peerChain } from "./peer-chain.ts";
import { messageOf } from "../support/errors.ts";

/** Protocol section 1.4, in milliseconds; one of them ends every wait of a call. */
export interface HttpLimits {
  readonly connectMs: number;
  readonly tlsMs: number;
  /** From the request's last byte to the answer's header; long polling needs most of it. */
  readonly headerMs: number;
  readonly wholeMs: number;
  /** Longest pause within a body that is needed. */
  readonly bodyIdleMs: number;
  /** For all of a body that is only looked at for words, or not at all. */
  readonly textMs: number;
  /** Bytes of a body that is needed; a longer one is a failure. */
  readonly bodyBytes: number;
  /** Bytes of a body that goes to a file, where the disk has room for it; a longer one is a failure. */
  readonly fileBytes: number;
  /** Bytes of a body that is only looked at for words; the rest is not read. */
  readonly textBytes: number;
}

export const defaultLimits: HttpLimits = {
  connectMs: 30_000,
  tlsMs: 10_000,
  headerMs: 10 * 60_000,
  wholeMs: 60 * 60_000,
  bodyIdleMs: 2 * 60_000,
  textMs: 10_000,
  // A job's description is some 100 KiB, and JSON takes twenty times its size once it is read.
  bodyBytes: 16 * 1024 * 1024,
  fileBytes: 64 * 2 ** 30,
  textBytes: 64 * 1024,
};

export interface HttpCall {
  readonly method: string;
  readonly url: URL;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array | Readable | null;
  /** The status whose body is needed in whole; null for none. */
  readonly wanted: number | null;
  /** Where a wanted body goes instead of into memory. */
  readonly toFile: string | null;
  /** Where in that file it begins, which is then there already; default: it becomes the whole file. */
  readonly fileOffset?: number;
  readonly route: Route;
  readonly limits: HttpLimits;
  readonly signal: AbortSignal;
}

export interface HttpAnswer {
  readonly kind: "answer";
  readonly status: number;
  readonly statusText: string;
  /** "" when absent. */
  header(name: string): string;
  /** Names and values in turn, as they came. */
  readonly rawHeaders: readonly string[];
  /** Empty when it went to a file. */
  readonly body: Uint8Array;
  /** Bytes received, wherever they went. */
  readonly bodyBytes: number;
  /** PEM certificates above the server's own; "" without TLS. */
  readonly chain: string;
}

/** The request's own body could not be read, or the answer could not be stored: nothing that the network has to do with. */
export interface LocalFailure {
  readonly kind: "local";
  readonly reason: string;
}

/** One request and its answer: no retries and no redirects. Rejects only with the signal's reason. */
export async function exchange(call: HttpCall): Promise<HttpAnswer | NetworkFailure | LocalFailure> {
  const { body, limits, route } = call;
  // Not at the top: what calls nobody starts faster without it, and support/node-http.ts comes first.
  const { default: got, UploadError } = await import("got");
  call.signal.throwIfAborted();
  const stream = got.stream(call.url, {
    // got's types want its own list of methods; the wire takes any.
    method: call.method as "GET",
    headers: body instanceof Uint8Array ? { ...call.headers, "content-length": String(body.length) } : call.headers,
    agent: { ...(route.http ? { http: route.http } : {}), ...(route.https ? { https: route.https } : {}) },
    followRedirect: false,
    throwHttpErrors: false,
    retry: { limit: 0 },
    decompress: call.toFile === null,
    timeout: {
      lookup: limits.connectMs,
      connect: limits.connectMs,
      secureConnect: limits.tlsMs,
      response: limits.headerMs,
      request: limits.wholeMs,
    },
    signal: call.signal,
    ...(body instanceof Readable ? { body } : {}),
  });
  // Not as an option: of that got keeps a copy, which costs a long log a third of its CPU time and 30 MiB of memory.
  if (body instanceof Uint8Array) stream.end(body);
  // Whatever happens after the answer's header is seen by whoever reads the body; an unheard error would end the process.
  stream.on("error", () => {});
  let answered = false;
  try {
    const response = await header(stream);
    answered = true;
    return await answerOf(call, stream, response);
  } catch (error) {
    call.signal.throwIfAborted();
    if (error instanceof LocalProblem) return { kind: "local", reason: error.message };
    if (error instanceof UploadError)
      return { kind: "local", reason: `the body could not be read: ${messageOf(error)}` };
    const failure = describeNetworkError(error, { url: call.url, proxy: route.proxy });
    const closed = failure.code === "ECONNRESET" || failure.code === "EPIPE";
    return closed && !answered && stream.reusedSocket === true ? { ...failure, staleConnection: true } : failure;
  } finally {
    // The body goes with it.
    stream.destroy();
  }
}

function header(stream: Request): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    stream.once("response", resolve);
    stream.once("error", reject);
    stream.once("close", () => reject(codedError("ECONNRESET", "closed without an answer")));
  });
}

async function answerOf(call: HttpCall, stream: Request, response: IncomingMessage): Promise<HttpAnswer> {
  const status = response.statusCode ?? 0;
  const needed = status === call.wanted;
  const chain = needed ? peerChain(response.socket) : "";
  let body: Uint8Array = new Uint8Array();
  let bodyBytes: number;
  if (needed && call.toFile !== null) {
    bodyBytes = await store(stream, call.toFile, call.fileOffset ?? null, call.limits);
  } else {
    body = needed ? await readAll(stream, call.limits) : await readText(stream, call.limits);
    bodyBytes = body.length;
  }
  return {
    kind: "answer",
    status,
    statusText: response.statusMessage ?? "",
    header: (name) => {
      const value = response.headers[name.toLowerCase()];
      return Array.isArray(value) ? (value[0] ?? "") : (value ?? "");
    },
    rawHeaders: response.rawHeaders,
    body,
    bodyBytes,
    chain,
  };
}

async function readAll(stream: Request, limits: HttpLimits): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  await eachChunk(stream, limits, (chunk) => {
    size += chunk.length;
    if (size > limits.bodyBytes) throw codedError("TOO_LARGE", `the answer is longer than ${limits.bodyBytes} bytes`);
    chunks.push(chunk);
  });
  return Buffer.concat(chunks);
}

/** As much as arrives within the limits: the status has been decided already, so no error matters any more. */
async function readText(stream: Request, limits: HttpLimits): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  using _ = timer(stream, limits.textMs, "the rest of the answer did not come");
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      chunks.push(chunk.subarray(0, limits.textBytes - size));
      size += chunk.length;
      if (size >= limits.textBytes) break;
    }
  } catch {
    // What came is enough.
  }
  return Buffer.concat(chunks);
}

/** A failure of this machine's own while an answer was stored. */
class LocalProblem extends Error {}

async function store(stream: Request, path: string, offset: number | null, limits: HttpLimits): Promise<number> {
  const local = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw new LocalProblem(`${path} could not be written: ${messageOf(error)}`);
    }
  };
  const file = await local(open(path, offset === null ? "w" : "r+", 0o600));
  let size = 0;
  try {
    const most = await local(roomFor(path, limits.fileBytes));
    await eachChunk(stream, limits, async (chunk) => {
      size += chunk.length;
      if (size > most)
        throw new LocalProblem(`the answer is longer than ${most} bytes, and may take no more of the disk`);
      await local(offset === null ? file.writeFile(chunk) : writeAt(file, chunk, offset + size - chunk.length));
    });
  } finally {
    await local(file.close());
  }
  return size;
}

async function writeAt(file: FileHandle, chunk: Buffer, position: number): Promise<void> {
  for (let written = 0; written < chunk.length;) {
    const { bytesWritten } = await file.write(chunk, written, chunk.length - written, position + written);
    written += bytesWritten;
  }
}

async function eachChunk(stream: Request, limits: HttpLimits, use: (chunk: Buffer) => void | Promise<void>) {
  using idle = timer(stream, limits.bodyIdleMs, `no byte of the answer for ${limits.bodyIdleMs} ms`);
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    await use(chunk);
    idle.restart();
  }
}

function timer(stream: Request, ms: number, what: string): Disposable & { restart(): void } {
  const handle = setTimeout(() => stream.destroy(codedError("ETIMEDOUT", what)), ms);
  return { restart: () => handle.refresh(), [Symbol.dispose]: () => clearTimeout(handle) };
}

function codedError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}
