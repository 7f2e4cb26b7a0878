import type { ServerResponse } from "node:http";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** What an endpoint decided. Kept as data until the last moment, so that a fault can be put over it. */
export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  readonly json?: unknown;
  /** Sent as it is; wins over `json`. */
  readonly stream?: Readable;
}

/** An answer that ends an endpoint early, from anywhere below it. */
export class Refusal extends Error {
  readonly answer: Answer;

  constructor(status: number, text: string, headers: Readonly<Record<string, string>> = {}) {
    super(text);
    this.name = "Refusal";
    this.answer = { status, headers, json: { message: text } };
  }
}

/** The same answer with more headers on it. */
export function withHeaders(answer: Answer, headers: Readonly<Record<string, string>>): Answer {
  return { ...answer, headers: { ...answer.headers, ...headers } };
}

/** Writes an answer out; resolves when the last byte was handed to the socket, rejects when the client is gone. */
export async function send(response: ServerResponse, answer: Answer): Promise<void> {
  const headers: Record<string, string> = { ...answer.headers };
  if (answer.stream !== undefined) {
    response.writeHead(answer.status, headers);
    await pipeline(answer.stream, response);
    return;
  }
  const body = answer.json === undefined ? null : Buffer.from(JSON.stringify(answer.json));
  if (body !== null) {
    headers["Content-Type"] = "application/json";
    headers["Content-Length"] = String(body.length);
  } else if (answer.status !== 204) {
    headers["Content-Length"] = "0";
  }
  response.writeHead(answer.status, headers);
  await new Promise<void>((resolve, reject) => {
    response.once("close", () =>
      response.writableFinished ? resolve() : reject(new Error("the client closed the connection")),
    );
    response.end(body ?? undefined);
  });
}
