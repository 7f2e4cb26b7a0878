import type { Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent } from "node:https";
import { createSecureContext, getCACertificates, rootCertificates, type SecureContext } from "node:tls";
import { AgentError, messageOf } from "../support/errors.ts";
import type { Clock } from "../support/clock.ts";
import { httpAgent } from "../support/node-http.ts";
import { proxyFor, type ProxyEnvironment } from "./proxy.ts";
import type { TlsFiles, TlsMaterial } from "./tls-files.ts";

/** The agent that carries a call, and the proxy it goes through (host and port, no password). */
export interface Route {
  readonly http?: HttpAgent;
  readonly https?: HttpsAgent;
  readonly proxy: string | null;
}

export interface AgentPoolOptions {
  readonly tls: TlsFiles;
  readonly env: ProxyEnvironment;
  readonly clock: Clock;
}

/** Protocol section 1.4. */
const keepAlive = { keepAlive: true, keepAliveMsecs: 30_000, maxFreeSockets: 100, timeout: 90_000 };

/**
 * The kept-alive connections of one coordinator. A new set is made when a TLS file changes; calls in flight end on the
 * old one. Idle connections are dropped whenever the last time they were is longer ago than the maximum age.
 */
export class AgentPool {
  readonly #options: AgentPoolOptions;
  readonly #agents = new Map<string, Route>();
  #context: { readonly stamp: string; readonly secure: SecureContext } | null = null;
  #refreshedAt: number;
  #maxAgeMs = 15 * 60_000;

  constructor(options: AgentPoolOptions) {
    this.#options = options;
    this.#refreshedAt = options.clock.monotonic();
  }

  /** `connection_max_age` in milliseconds; 0 or less for never. */
  setMaxAge(ms: number): void {
    this.#maxAgeMs = ms;
  }

  /** Throws an AgentError `TLS_FILE` when certificates or keys cannot be used. */
  async route(url: URL): Promise<Route> {
    this.#dropOld();
    const proxy = proxyFor(url, this.#options.env);
    const secure = url.protocol === "https:" ? await this.#secureContext() : null;
    const key = `${url.protocol}${proxy?.href ?? ""}`;
    const known = this.#agents.get(key);
    if (known !== undefined) return known;
    // One proxy for either scheme: which one it is has been decided already.
    const proxied = proxy === null ? {} : { proxyEnv: { HTTP_PROXY: proxy.href, HTTPS_PROXY: proxy.href } };
    const options = { ...keepAlive, ...proxied };
    const route: Route = {
      proxy: proxy?.host ?? null,
      ...(secure === null
        ? { http: httpAgent(options) }
        : // A resumed session does not carry the peer's chain, which a job needs as its CI_SERVER_TLS_CA_FILE.
          { https: new HttpsAgent({ ...options, secureContext: secure, maxCachedSessions: 0 }) }),
    };
    this.#agents.set(key, route);
    return route;
  }

  closeIdle(): void {
    for (const route of this.#agents.values()) destroyIdle(route);
  }

  async #secureContext(): Promise<SecureContext> {
    const material = await this.#options.tls.current();
    if (this.#context?.stamp !== material.stamp) {
      this.#context = { stamp: material.stamp, secure: secureContext(material) };
      this.closeIdle();
      this.#agents.clear();
    }
    return this.#context.secure;
  }

  #dropOld(): void {
    const now = this.#options.clock.monotonic();
    if (this.#maxAgeMs <= 0 || now - this.#refreshedAt <= this.#maxAgeMs) return;
    this.#refreshedAt = now;
    this.closeIdle();
  }
}

function destroyIdle(route: Route): void {
  for (const agent of [route.http, route.https]) {
    for (const socket of Object.values(agent?.freeSockets ?? {}).flat()) socket?.destroy();
  }
}

function secureContext({ ca, cert, key }: TlsMaterial): SecureContext {
  if (ca !== "" && !ca.includes("-----BEGIN CERTIFICATE-----")) {
    const hint = "It must hold the certificates of the authorities to trust, in PEM form.";
    throw new AgentError("TLS_FILE", "The CA file holds no PEM certificate.", { hint });
  }
  const clientPair = cert !== "" && key !== "" ? { cert, key } : {};
  try {
    return createSecureContext({
      ca: [...trustedRoots(), ...(ca === "" ? [] : [ca])],
      minVersion: "TLSv1.2",
      ...clientPair,
    });
  } catch (error) {
    const hint =
      "tls-cert-file and tls-key-file must be a PEM certificate and its own unencrypted key, tls-ca-file PEM certificates.";
    throw new AgentError("TLS_FILE", `The TLS files cannot be used: ${messageOf(error)}.`, { hint, cause: error });
  }
}

/** What this machine trusts; Node's own list where it has none, as in an image without ca-certificates. */
function trustedRoots(): string[] {
  const system = getCACertificates("system");
  return [...new Set([...(system.length > 0 ? system : rootCertificates), ...getCACertificates("extra")])];
}
