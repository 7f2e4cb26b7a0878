import type { IncomingMessage } from "node:http";
import { z } from "zod";
import { Refusal } from "./answer.ts";

/** A body's chunks. Leaving the loop early leaves the connection open, so that a refusal still reaches the client. */
export function bodyOf(request: IncomingMessage): AsyncIterable<Buffer> {
  return request.iterator({ destroyOnReturn: false });
}

/** Reads a whole body; 413 when it is longer than `limit` bytes. */
export async function readBody(request: IncomingMessage, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of bodyOf(request)) {
    size += chunk.length;
    if (size > limit) throw new Refusal(413, "413 Request Entity Too Large");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

const jsonLimit = 1 << 20;

/** Reads a JSON body that fits `schema`; 400 names the first field that does not. */
export async function readJson<T extends z.ZodType>(request: IncomingMessage, schema: T): Promise<z.infer<T>> {
  const type = request.headers["content-type"] ?? "";
  const body = await readBody(request, jsonLimit);
  if (body.length > 0 && !/^application\/json\b/i.test(type)) throw new Refusal(415, "415 Unsupported Media Type");
  let value: unknown;
  try {
    value = body.length === 0 ? {} : JSON.parse(body.toString("utf8"));
  } catch {
    throw new Refusal(400, "400 Bad request - the body is not JSON");
  }
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Refusal(400, `400 Bad request - ${issue?.path.join(".") ?? "body"}: ${issue?.message ?? "invalid"}`);
}

const tokenHeaders = ["runner-token", "job-token", "private-token"] as const;

/** Every token that a request carries: in the body (protocol 1.1: always for JSON calls) or in one of three headers. */
export function tokensOf(request: IncomingMessage, bodyToken: string | undefined): readonly string[] {
  const found = bodyToken ? [bodyToken] : [];
  for (const name of tokenHeaders) {
    const value = request.headers[name];
    if (typeof value === "string" && value !== "") found.push(value);
  }
  return found;
}
