import type { AgentPool } from "../coordinator/agents.ts";
import { defaultLimits, exchange, type HttpAnswer } from "../coordinator/http.ts";
import type { NetworkFailure } from "../coordinator/network-error.ts";
import type { Clock } from "../support/clock.ts";
import { orAborted } from "../support/or-aborted.ts";
import type { ObjectStore, Purpose, RequestShape } from "./object-store.ts";
import { storeError } from "./store-error.ts";
import { xmlText } from "./xml-text.ts";

export interface StoreCall {
  readonly object: string;
  readonly purpose: Purpose;
  readonly shape: RequestShape;
  /** Not signed: such as `range`. */
  readonly plainHeaders?: Readonly<Record<string, string>>;
  /** The status whose body is needed; null for none. */
  readonly wanted: number | null;
  readonly toFile?: { readonly path: string; readonly offset: number | null };
  readonly signal: AbortSignal;
}

const tries = 3;
const pauseMs = 1000;
/** As GitLab Runner's helper waits. */
const headerMs = 30_000;
const busy = new Set([408, 429]);

/** The way to one store: requests are signed for each try, and tried three times where it might help. */
export class StoreChannel {
  readonly store: ObjectStore;
  readonly #pool: AgentPool;
  readonly #clock: Clock;
  readonly #validSeconds: number;

  /** @param validSeconds how long a signed request may be used */
  constructor(store: ObjectStore, pool: AgentPool, clock: Clock, validSeconds: number) {
    this.store = store;
    this.#pool = pool;
    this.#clock = clock;
    this.#validSeconds = validSeconds;
  }

  /** The store's last word, whatever it is. @throws AgentError CACHE_STORE when there is none, or the signal's reason */
  async send(call: StoreCall): Promise<HttpAnswer> {
    const { object, shape, purpose, plainHeaders = {}, wanted, toFile, signal } = call;
    for (let attempt = 1; ; attempt++) {
      signal.throwIfAborted();
      // Who is asked for credentials, be it a program or a cloud's own service, may never answer.
      const { url, headers } = await orAborted(this.store.sign(object, shape, purpose, this.#validSeconds), signal);
      const answer = await exchange({
        method: shape.method,
        url,
        headers: { ...headers, ...plainHeaders },
        // S3 refuses a PUT that doesn't say how long it is, and got waits for the body of whatever may have one.
        body: shape.body ?? (shape.method === "GET" || shape.method === "HEAD" ? null : new Uint8Array()),
        wanted,
        toFile: toFile?.path ?? null,
        ...(toFile?.offset == null ? {} : { fileOffset: toFile.offset }),
        route: await this.#pool.route(url),
        limits: { ...defaultLimits, headerMs, bodyBytes: 1024 * 1024 },
        signal,
      });
      if (answer.kind === "answer" && answer.status < 500 && !busy.has(answer.status)) return answer;
      if (answer.kind === "local" || attempt === tries) {
        if (answer.kind === "answer") return answer;
        throw storeError(answer.reason, answer.kind === "network" ? hintOf(answer) : undefined);
      }
      await this.#clock.sleep(pauseMs * attempt, signal);
    }
  }
}

/** An answer that is not what was asked for. */
export function refused(what: string, answer: HttpAnswer): Error {
  const body = Buffer.from(answer.body).toString("utf8");
  const code = xmlText(body, "Code") || answer.header("x-ms-error-code");
  const status = [answer.status, answer.statusText, code === "" ? "" : `(${code})`].filter((part) => part !== "");
  return storeError(`${what} was answered with ${status.join(" ")}`);
}

/** The coordinator's keys for TLS say nothing about the store. */
function hintOf({ cause, hint }: NetworkFailure): string {
  return cause === "certificate" && hint.includes("tls-")
    ? "Have the agent's machine trust the authority of the store's certificate: among the system's, or with NODE_EXTRA_CA_CERTS."
    : hint.replace("url", "the store's address");
}
