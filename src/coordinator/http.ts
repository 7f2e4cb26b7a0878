import type { ClientRequest, IncomingMessage, RequestOptions } from "node:http";
import { request as secureRequest } from "node:https";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { messageOf } from "../support/errors.ts";
import { request as plainRequest } from "../support/node-http.ts";
import type { Route } from "./agents.ts";
import { codedError, LocalProblem, readAnswer } from "./http-answer.ts";
import { describeNetworkError, type NetworkFailure } from "./network-error.ts";

/** Protocol section 1.4, in milliseconds; one of them ends every wait of a call. */
export interface HttpLimits {
  /** For the connection, the look-up of the name included. */
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
  bodyBytes: 64 * 1024 * 1024,
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
  const { body, route, signal, url } = call;
  signal.throwIfAborted();
  const request = open(call);
  // Whatever happens after the answer's header is seen by whoever reads the body; an unheard error would end the process.
  request.on("error", () => {});
  const onAbort = () => void request.destroy(signal.reason as Error);
  signal.addEventListener("abort", onAbort, { once: true });
  let unreadable: LocalProblem | null = null;
  let answered = false;
  using deadlines = new Deadlines(request, call.limits);
  try {
    const header = answerTo(request);
    if (body instanceof Readable) {
      body.once("error", (error) => {
        unreadable = new LocalProblem(`the body could not be read: ${messageOf(error)}`);
        request.destroy(unreadable);
      });
      body.pipe(request);
    } else if (body === null) request.end();
    else request.end(body);
    const response = await header;
    answered = true;
    deadlines.answered();
    return await readAnswer(call, response);
  } catch (error) {
    signal.throwIfAborted();
    const problem = unreadable ?? error;
    if (problem instanceof LocalProblem) return { kind: "local", reason: problem.message };
    const failure = describeNetworkError(problem, { url, proxy: route.proxy });
    const closed = failure.code === "ECONNRESET" || failure.code === "EPIPE";
    return closed && !answered && request.reusedSocket ? { ...failure, staleConnection: true } : failure;
  } finally {
    signal.removeEventListener("abort", onAbort);
    // Does nothing to a connection that has been handed back.
    request.destroy();
    if (body instanceof Readable) body.destroy();
  }
}

function open({ method, url, headers, body, toFile, route }: HttpCall): ClientRequest {
  const options: RequestOptions = {
    method,
    headers: {
      ...(toFile === null ? { "accept-encoding": "gzip" } : {}),
      ...headers,
      ...(body instanceof Uint8Array ? { "content-length": String(body.length) } : {}),
    },
  };
  return url.protocol === "https:"
    ? secureRequest(url, { ...options, ...(route.https ? { agent: route.https } : {}) })
    : plainRequest(url, { ...options, ...(route.http ? { agent: route.http } : {}) });
}

function answerTo(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.once("response", resolve);
    request.once("error", reject);
    request.once("close", () => reject(codedError("ECONNRESET", "closed without an answer")));
  });
}

/** Ends a request whose next step doesn't come in time: connection, TLS, the answer's header, all of it. */
class Deadlines implements Disposable {
  readonly #request: ClientRequest;
  readonly #whole: NodeJS.Timeout;
  #step: NodeJS.Timeout | undefined;

  constructor(request: ClientRequest, limits: HttpLimits) {
    this.#request = request;
    this.#whole = this.#end(limits.wholeMs, "the whole call");
    this.#step = this.#end(limits.connectMs, "a connection");
    request.once("socket", (socket: Socket) => {
      if (socket.connecting) socket.once("connect", () => this.#connected(socket, limits));
      else this.#connected(socket, limits);
    });
    request.once("finish", () => this.#next(limits.headerMs, "an answer"));
  }

  /** The header is there; who reads the body has limits of its own. */
  answered(): void {
    clearTimeout(this.#step);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#step);
    clearTimeout(this.#whole);
  }

  #connected(socket: Socket, limits: HttpLimits): void {
    clearTimeout(this.#step);
    // Through a proxy it may have been encrypted before it came here.
    if ((socket as { secureConnecting?: boolean }).secureConnecting !== true) return;
    this.#next(limits.tlsMs, "a TLS session");
    socket.once("secureConnect", () => clearTimeout(this.#step));
  }

  #next(ms: number, what: string): void {
    clearTimeout(this.#step);
    this.#step = this.#end(ms, what);
  }

  #end(ms: number, what: string): NodeJS.Timeout {
    return setTimeout(() => this.#request.destroy(codedError("ETIMEDOUT", `waited ${ms} ms for ${what}`)), ms);
  }
}
