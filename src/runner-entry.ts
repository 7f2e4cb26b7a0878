import { createHash } from "node:crypto";
import type { AgentConfig, RunnerConfig } from "./config/schema.ts";
import { certsDirOf } from "./config/load.ts";
import { type ClientEnvironment, type CoordinatorClient, createCoordinatorClient } from "./coordinator/client.ts";
import type { PollEntry } from "./coordinator/poll-entry.ts";
import { shortToken } from "./coordinator/token.ts";

/** One [[runners]] entry at work: its settings and its client. */
export interface WorkingEntry extends PollEntry {
  readonly runner: RunnerConfig;
  readonly client: CoordinatorClient;
}

/** Makes entries of a configuration; the client of an entry that hasn't changed is kept, with its connections and what it knows. */
export class RunnerEntries {
  readonly #environment: ClientEnvironment;
  readonly #configPath: string;
  readonly #systemId: string;
  readonly #obstacle: (runner: RunnerConfig) => string | null;
  #clients = new Map<string, CoordinatorClient>();
  #entries: readonly WorkingEntry[] = [];

  /** @param obstacle see PollEntry */
  constructor(
    environment: ClientEnvironment,
    configPath: string,
    systemId: string,
    obstacle: (runner: RunnerConfig) => string | null = () => null,
  ) {
    this.#environment = environment;
    this.#configPath = configPath;
    this.#systemId = systemId;
    this.#obstacle = obstacle;
  }

  of(config: AgentConfig): WorkingEntry[] {
    const clients = new Map<string, CoordinatorClient>();
    const entries = config.runners
      .filter((runner) => runner.problem === null)
      .map((runner) => {
        const tls = {
          caFile: runner["tls-ca-file"],
          certFile: runner["tls-cert-file"],
          keyFile: runner["tls-key-file"],
          certsDir: certsDirOf(this.#configPath),
        };
        const traits = { gpus: runner.docker.gpus, labels: { ...config.labels, ...runner.labels } };
        const identity = { url: runner.url, token: runner.token, systemId: this.#systemId, tls, traits };
        const clientKey = JSON.stringify(identity);
        const client = this.#clients.get(clientKey) ?? createCoordinatorClient(this.#environment, identity);
        client.setConnectionMaxAge(config.connection_max_age);
        clients.set(clientKey, client);
        return this.#entry(runner, client);
      });
    // Those of removed entries stay usable for their running jobs; only their idle connections go.
    for (const [key, client] of this.#clients) if (!clients.has(key)) client.close();
    this.#clients = clients;
    this.#entries = entries;
    return entries;
  }

  /** The client that now speaks for a runner, named by its short token: the same one, unless its entry has changed. */
  current({ client, runner }: { client: CoordinatorClient; runner: string }): CoordinatorClient {
    if ([...this.#clients.values()].includes(client)) return client;
    return this.#entries.find((entry) => shortToken(entry.runner.token) === runner)?.client ?? client;
  }

  close(): void {
    for (const client of this.#clients.values()) client.close();
  }

  #entry(runner: RunnerConfig, client: CoordinatorClient): WorkingEntry {
    return {
      key: createHash("sha256").update(`${runner.url} ${runner.token}`).digest("hex"),
      name: `${runner.name} (${shortToken(runner.token)})`,
      limit: runner.limit,
      requestConcurrency: runner.request_concurrency,
      adaptiveConcurrency: runner.feature_flags["FF_USE_ADAPTIVE_REQUEST_CONCURRENCY"] !== false,
      strictCheckInterval: runner.strict_check_interval,
      health: { failures: runner.unhealthy_requests_limit, intervalMs: runner.unhealthy_interval },
      obstacle: () => this.#obstacle(runner),
      runner,
      client,
    };
  }
}
