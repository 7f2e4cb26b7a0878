import { open } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { pipeline, type Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { messageOf } from "../support/errors.ts";
import type { HttpAnswer, HttpCall, HttpLimits } from "./http.ts";
import { peerChain } from "./peer-chain.ts";

/** A failure of this machine's own while a body was read or an answer was stored. */
export class LocalProblem extends Error {}

/** Reads as much of an answer as the call needs. Throws LocalProblem, or what broke the connection. */
export async function readAnswer(call: HttpCall, response: IncomingMessage): Promise<HttpAnswer> {
  const status = response.statusCode ?? 0;
  const needed = status === call.wanted;
  const chain = needed ? peerChain(response.socket) : "";
  let body: Uint8Array = new Uint8Array();
  let bodyBytes: number;
  if (needed && call.toFile !== null) {
    bodyBytes = await store(response, call.toFile, call.limits);
  } else {
    const plain = decompressed(response);
    body = needed ? await readAll(plain, call.limits) : await readText(plain, call.limits);
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
    body,
    bodyBytes,
    chain,
  };
}

export function codedError(code: string, message: string): Error {
  return Object.assign(new Error(message), { code });
}

function decompressed(response: IncomingMessage): Readable {
  if (!/^(?:x-)?gzip$/i.test(response.headers["content-encoding"] ?? "")) return response;
  // Its reader hears of what goes wrong.
  return pipeline(response, createGunzip(), () => {});
}

async function readAll(body: Readable, limits: HttpLimits): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  await eachChunk(body, limits, (chunk) => {
    size += chunk.length;
    if (size > limits.bodyBytes) throw codedError("TOO_LARGE", `the answer is longer than ${limits.bodyBytes} bytes`);
    chunks.push(chunk);
  });
  return Buffer.concat(chunks);
}

/** As much as arrives within the limits: the status has been decided already, so no error matters any more. */
async function readText(body: Readable, limits: HttpLimits): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  using _ = timer(body, limits.textMs, "the rest of the answer did not come");
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      chunks.push(chunk.subarray(0, limits.textBytes - size));
      size += chunk.length;
      if (size >= limits.textBytes) break;
    }
  } catch {
    // What came is enough.
  }
  return Buffer.concat(chunks);
}

async function store(body: Readable, path: string, limits: HttpLimits): Promise<number> {
  const local = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw new LocalProblem(`${path} could not be written: ${messageOf(error)}`);
    }
  };
  const file = await local(open(path, "w", 0o600));
  let size = 0;
  try {
    await eachChunk(body, limits, async (chunk) => {
      size += chunk.length;
      await local(file.writeFile(chunk));
    });
  } finally {
    await local(file.close());
  }
  return size;
}

async function eachChunk(body: Readable, limits: HttpLimits, use: (chunk: Buffer) => void | Promise<void>) {
  using idle = timer(body, limits.bodyIdleMs, `no byte of the answer for ${limits.bodyIdleMs} ms`);
  for await (const chunk of body as AsyncIterable<Buffer>) {
    await use(chunk);
    idle.restart();
  }
}

function timer(body: Readable, ms: number, what: string): Disposable & { restart(): void } {
  const handle = setTimeout(() => body.destroy(codedError("ETIMEDOUT", what)), ms);
  return { restart: () => handle.refresh(), [Symbol.dispose]: () => clearTimeout(handle) };
}
