import type { IncomingMessage, ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { messageOf } from "../../support/errors.ts";
import { Refusal, send, withHeaders, type Answer } from "./answer.ts";
import type { CoordinatorState, Exchange, Route } from "./exchange.ts";
import { type BrokenBody, ended, isBrokenBody, sendBroken } from "./broken-body.ts";
import { isFinalUpdateFault, type Fault } from "./faults.ts";
import { findRoute } from "./routes.ts";

/** How a request ended; null when the connection was cut instead of answered. `broken`: what befalls the answer's body. */
type Outcome = { readonly answer: Answer; readonly broken: BrokenBody | null } | null;

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
        ? { answer: notFound(found), broken: null }
        : await decide(found.route, exchange, state);
    if (outcome === null) {
      response.socket?.resetAndDestroy();
    } else if (outcome.broken !== null) {
      status = outcome.answer.status;
      await sendBroken(response, outcome.answer, outcome.broken, signal);
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
  const shrink = async (when: "before" | "after") => {
    if (fault?.kind === "shrink-trace" && fault.when === when)
      await state.jobs.get(jobId ?? 0)?.trace.shrink(fault.size);
  };
  await shrink("before");
  const answer = await answerOf(route, exchange, state);
  await shrink("after");
  if (fault?.kind === "reset") return null;
  if (fault?.kind === "headers") return { answer: withHeaders(answer, fault.headers), broken: null };
  return { answer, broken: fault !== null && isBrokenBody(fault) ? fault : null };
}

/** What a fault puts in the place of the endpoint; undefined: the endpoint does its work first. */
async function insteadOfAnswer(fault: Fault, { request, signal }: Exchange): Promise<Outcome | undefined> {
  switch (fault.kind) {
    case "status": {
      const json = fault.json ?? { message: `${fault.status} Fault` };
      const body = fault.status === 204 ? {} : { json };
      return { answer: { status: fault.status, headers: fault.headers ?? {}, ...body }, broken: null };
    }
    case "page": {
      const page = `<html><body><h1>${fault.status}</h1><hr>nginx</body></html>`;
      const headers = { "Content-Type": "text/html", "Content-Length": String(page.length) };
      return { answer: { status: fault.status, headers, stream: Readable.from([page]) }, broken: null };
    }
    case "wrong-range":
      return { answer: { status: 416, headers: { Range: `0-${fault.size}` } }, broken: null };
    case "hang":
      await ended(signal);
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
    case "stall":
    case "endless":
    case "shrink-trace":
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
