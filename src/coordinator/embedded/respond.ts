import type { IncomingMessage, ServerResponse } from "node:http";
import { messageOf } from "../../support/errors.ts";
import { Refusal, send, withHeaders, type Answer } from "./answer.ts";
import type { CoordinatorState, Exchange, Route } from "./exchange.ts";
import { isFinalUpdateFault, type Fault } from "./faults.ts";
import { findRoute } from "./routes.ts";

/** How a request ended; null when the connection was cut instead of answered. */
type Outcome = { readonly answer: Answer; readonly cutAfterBytes: number | null } | null;

/** Answers one request, with whatever fault waits for it. Never rejects. */
export async function respond(
  request: IncomingMessage,
  response: ServerResponse,
  state: CoordinatorState,
  closing: AbortSignal,
): Promise<void> {
  const url = new URL(request.url ?? "/", "http://coordinator");
  const found = findRoute(request.method ?? "", url.pathname);
  const gone = new AbortController();
  response.once("close", () => gone.abort());
  const signal = AbortSignal.any([gone.signal, closing]);
  const exchange: Exchange = {
    request,
    url,
    signal,
    params: typeof found === "string" ? [] : found.params,
    clientIsThere: () => !signal.aborted && !response.destroyed && response.socket?.destroyed === false,
  };
  let status = 0;
  try {
    const outcome =
      typeof found === "string"
        ? { answer: notFound(found), cutAfterBytes: null }
        : await decide(found.route, exchange, state);
    if (outcome === null) {
      response.socket?.resetAndDestroy();
    } else if (outcome.cutAfterBytes !== null) {
      await cut(response, outcome.answer, outcome.cutAfterBytes);
    } else if (!response.destroyed) {
      status = outcome.answer.status;
      await send(response, outcome.answer);
      // What an endpoint left unread must not stand in the way of the connection's next request.
      if (!request.complete) request.resume();
    }
  } catch {
    response.destroy();
    status = 0;
  }
  const endpoint = typeof found === "string" ? "other" : found.route.name;
  state.events.emit("request", { endpoint, method: request.method ?? "", path: url.pathname, status });
}

async function decide(route: Route, exchange: Exchange, state: CoordinatorState): Promise<Outcome> {
  const jobId = route.aboutJob === true ? Number(exchange.params[0]) : null;
  const fault = state.faults.take(route.name, jobId, (candidate) => !isFinalUpdateFault(candidate));
  const instead = fault === null ? undefined : await insteadOfAnswer(fault, exchange);
  if (instead !== undefined) return instead;
  const answer = await answerOf(route, exchange, state);
  if (fault?.kind === "reset") return null;
  if (fault?.kind === "headers") return { answer: withHeaders(answer, fault.headers), cutAfterBytes: null };
  return { answer, cutAfterBytes: fault?.kind === "cut-answer" ? fault.bytes : null };
}

/** What a fault puts in the place of the endpoint; undefined: the endpoint does its work first. */
async function insteadOfAnswer(fault: Fault, { request, signal }: Exchange): Promise<Outcome | undefined> {
  switch (fault.kind) {
    case "status": {
      const json = fault.json ?? { message: `${fault.status} Fault` };
      const body = fault.status === 204 ? {} : { json };
      return { answer: { status: fault.status, headers: fault.headers ?? {}, ...body }, cutAfterBytes: null };
    }
    case "wrong-range":
      return { answer: { status: 416, headers: { Range: `0-${fault.size}` } }, cutAfterBytes: null };
    case "hang":
      await new Promise<void>((resolve) => {
        if (signal.aborted) resolve();
        signal.addEventListener("abort", () => resolve(), { once: true });
      });
      return null;
    case "reset":
      if (fault.when === "after") return undefined;
      if (fault.when === "mid-body") {
        await new Promise<void>((resolve) => {
          for (const event of ["data", "end", "close"]) request.once(event, () => resolve());
        });
      }
      return null;
    case "headers":
    case "cut-answer":
    case "not-completed":
    case "reject-trace":
      return undefined;
  }
}

async function answerOf(route: Route, exchange: Exchange, state: CoordinatorState): Promise<Answer> {
  try {
    return await route.handle(exchange, state);
  } catch (error) {
    if (error instanceof Refusal) return error.answer;
    return { status: 500, json: { message: `500 Internal Server Error - ${messageOf(error)}` } };
  }
}

function notFound(why: "method" | "none"): Answer {
  return why === "method"
    ? { status: 405, json: { message: "405 Not Allowed" } }
    : { status: 404, json: { error: "404 Not Found" } };
}

async function cut(response: ServerResponse, answer: Answer, bytes: number): Promise<void> {
  response.writeHead(answer.status, { ...answer.headers });
  response.flushHeaders();
  let left = bytes;
  const source = answer.stream ?? [Buffer.from(JSON.stringify(answer.json ?? ""))];
  for await (const chunk of source as AsyncIterable<Buffer>) {
    await new Promise((resolve) => response.write(chunk.subarray(0, left), resolve));
    left -= Math.min(left, chunk.length);
    if (left === 0) break;
  }
  response.socket?.resetAndDestroy();
}
