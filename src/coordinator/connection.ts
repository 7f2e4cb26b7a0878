import { randomUUID } from "node:crypto";
import type { Readable } from "node:stream";
import type { Clock } from "../support/clock.ts";
import { AgentError, messageOf } from "../support/errors.ts";
import type { AgentPool, Route } from "./agents.ts";
import { exchange, type HttpAnswer, type HttpLimits, type LocalFailure } from "./http.ts";
import type { CallMetrics, MeasuredEndpoint } from "./metrics.ts";
import type { NetworkFailure } from "./network-error.ts";
import { isRedirect, maxRedirects, redirectStep } from "./redirect.ts";
import { isRetriable, maxAttempts, retryWait } from "./retry-schedule.ts";
import { pathPattern, type BaseUrl } from "./url.ts";

export interface ApiRequest {
  readonly method: string;
  /** Resolved against the API's base; an absolute URL names another place. */
  readonly path: string;
  /** Names in lower case. */
  readonly headers: Readonly<Record<string, string>>;
  /** Called for each attempt; null for no body. */
  readonly body: (() => Uint8Array | Readable) | null;
  /** The status whose body is needed, null for none. */
  readonly wanted: number | null;
  readonly toFile?: string;
  /** As HttpCall has it. */
  readonly fileOffset?: number;
  /** "manual" hands redirects to the caller; "follow" (default) obeys them. */
  readonly redirects?: "follow" | "manual";
  /** Where they are shorter than the connection's own. */
  readonly limits?: Partial<HttpLimits>;
  /** In place of the connection's own, shorter or longer. */
  readonly ownLimits?: Partial<HttpLimits>;
  /** The caller waits itself, without what it holds meanwhile, where the coordinator asks for more than this. */
  readonly longestRetryMs?: number;
  /** null: not measured by endpoint. */
  readonly endpoint: MeasuredEndpoint | null;
}

/** Something in the configuration keeps the call from being made at all: pseudo status -100 of the reference runner. */
export interface ClientFailure {
  readonly kind: "client-error";
  readonly reason: string;
}

export type ApiAnswer = HttpAnswer & { readonly host: string };

export type ApiReply = {
  /** The server's own X-Request-Id where it sent one, ours otherwise. */
  readonly correlationId: string;
  /** True when any attempt was answered with a status that asks to slow down. */
  readonly retried: boolean;
  /** The wait that was left to the caller; null when there was none. */
  readonly retryAfterMs: number | null;
} & (ApiAnswer | NetworkFailure | LocalFailure | ClientFailure);

export interface ConnectionOptions {
  readonly base: BaseUrl;
  readonly agents: AgentPool;
  readonly userAgent: string;
  readonly clock: Clock;
  readonly limits: HttpLimits;
  readonly metrics: CallMetrics;
  /** Things that an admin may want to know and that stop nothing. */
  readonly warn: (text: string) => void;
  /** Between 0 and 1, for jitter. */
  readonly random: () => number;
}

/** The way to one coordinator with one set of credentials: sends, retries, and remembers where its queue stood. */
export class Connection {
  readonly #options: ConnectionOptions;
  #lastUpdate = "";

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** null when the configured URL cannot be used. */
  get base(): URL | null {
    return this.#options.base.ok ? this.#options.base.url : null;
  }

  /** The latest X-GitLab-Last-Update of any answer (protocol section 3.1); "" before the first. */
  get lastUpdate(): string {
    return this.#lastUpdate;
  }

  /** Rejects only with the signal's reason. */
  async send(request: ApiRequest, signal: AbortSignal): Promise<ApiReply> {
    const { clock, metrics } = this.#options;
    const started = clock.monotonic();
    const reply = await this.#attempts(request, signal);
    if (request.endpoint !== null && reply.kind !== "client-error") {
      const status = reply.kind === "answer" ? reply.status : -1;
      const seconds = (clock.monotonic() - started) / 1000;
      metrics.call({ endpoint: request.endpoint, method: request.method.toLowerCase(), status, seconds });
    }
    return reply;
  }

  /** Protocol section 1.6: statuses are retried here, network errors by the caller. */
  async #attempts(request: ApiRequest, signal: AbortSignal): Promise<ApiReply> {
    const { base, clock, metrics, random, warn } = this.#options;
    const ownId = randomUUID().replaceAll("-", "");
    if (!base.ok) return { kind: "client-error", reason: base.problem, ...unanswered(ownId) };
    const url = new URL(request.path, base.url);
    let retried = false;
    for (let attempt = 1; ; attempt++) {
      const result = await this.#follow(request, url, ownId, signal);
      const finish = (retryAfterMs: number | null): ApiReply => {
        // What lies elsewhere has as many paths as there are artifacts.
        if (url.pathname.startsWith(base.url.pathname))
          metrics.attempts(pathPattern(url.pathname), request.method.toLowerCase(), attempt);
        const theirId = result.kind === "answer" ? result.header("x-request-id") : "";
        return { ...result, retried, retryAfterMs, correlationId: theirId || ownId };
      };
      if (result.kind !== "answer") return finish(null);
      this.#lastUpdate = result.header("x-gitlab-last-update") || this.#lastUpdate;
      if (!isRetriable(result.status)) return finish(null);
      retried = true;
      const hints = { resetTime: result.header("ratelimit-resettime"), retryAfter: result.header("retry-after") };
      const wait = retryWait(attempt, hints, clock.now(), random());
      if (wait.warning !== null) warn(wait.warning);
      if (wait.ms > (request.longestRetryMs ?? Infinity)) return finish(wait.ms);
      if (attempt === maxAttempts) return finish(null);
      await clock.sleep(wait.ms, signal);
    }
  }

  async #follow(request: ApiRequest, first: URL, id: string, signal: AbortSignal) {
    const { userAgent } = this.#options;
    let url = first;
    let headers: Readonly<Record<string, string>> = { ...request.headers, "user-agent": userAgent, "x-request-id": id };
    for (let hop = 0; ; hop++) {
      const result = await this.#once(request, url, headers, signal);
      if (result.kind !== "answer" || request.redirects === "manual" || !isRedirect(result.status)) return result;
      const location = result.header("location");
      if (location === "") return result;
      if (hop === maxRedirects) {
        return refused(`redirected more than ${maxRedirects} times`, "Check url, and the coordinator's proxies.");
      }
      const step = redirectStep(
        { method: request.method, url, headers, hasBody: request.body !== null },
        result.status,
        location,
      );
      if (step.kind === "refuse") return refused(step.reason, step.hint);
      ({ url, headers } = step);
    }
  }

  async #once(
    request: ApiRequest,
    url: URL,
    headers: Readonly<Record<string, string>>,
    signal: AbortSignal,
  ): Promise<ApiAnswer | NetworkFailure | LocalFailure> {
    signal.throwIfAborted();
    const { agents } = this.#options;
    const limits = shorter({ ...this.#options.limits, ...request.ownLimits }, request.limits ?? {});
    let route: Route;
    try {
      route = await agents.route(url);
    } catch (error) {
      if (!(error instanceof AgentError)) throw error;
      const reason = error.message.replace(/\.$/, "");
      return { kind: "network", code: error.code, cause: "certificate", reason, hint: error.hint };
    }
    const { method, wanted, toFile = null, fileOffset } = request;
    const place = fileOffset === undefined ? { toFile } : { toFile, fileOffset };
    const attempt = async () => {
      const body = openBody(request.body);
      if (body !== null && "kind" in body) return body;
      return await exchange({ method, url, headers, body, wanted, ...place, route, limits, signal });
    };
    let result = await attempt();
    if (result.kind === "network" && result.staleConnection === true) {
      // The server had closed the idle connection meanwhile; on a new one the same call is not a retry.
      agents.closeIdle();
      result = await attempt();
    }
    return result.kind === "answer" ? { ...result, host: url.host } : result;
  }
}

function shorter(own: HttpLimits, asked: Partial<HttpLimits>): HttpLimits {
  const names = Object.keys(own) as (keyof HttpLimits)[];
  const pairs = names.map((name) => [name, Math.min(own[name], asked[name] ?? Infinity)] as const);
  return Object.fromEntries(pairs) as Record<keyof HttpLimits, number>;
}

function unanswered(correlationId: string) {
  return { retried: false, retryAfterMs: null, correlationId };
}

function openBody(body: ApiRequest["body"]): Uint8Array | Readable | null | LocalFailure {
  try {
    return body?.() ?? null;
  } catch (error) {
    return { kind: "local", reason: `the body could not be read: ${messageOf(error)}` };
  }
}

function refused(reason: string, hint: string): NetworkFailure {
  return { kind: "network", code: "REDIRECT", cause: "unreachable", reason, hint };
}
