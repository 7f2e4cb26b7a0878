import { certsDirOf } from "../config/load.ts";
import type { RunnerConfig } from "../config/schema.ts";
import { AgentPool } from "../coordinator/agents.ts";
import { Connection } from "../coordinator/connection.ts";
import { defaultLimits } from "../coordinator/http.ts";
import { userAgent } from "../coordinator/info.ts";
import { jsonBody } from "../coordinator/json-body.ts";
import { noCallMetrics } from "../coordinator/metrics.ts";
import { TlsFiles } from "../coordinator/tls-files.ts";
import { apiBase } from "../coordinator/url.ts";
import type { DoctorSettings } from "./doctor-context.ts";

export interface CoordinatorAnswer {
  readonly status: number;
  /** Milliseconds since the epoch, as the coordinator's `Date` says; NaN when it doesn't. */
  readonly there: number;
  /** This machine's at the same moment: halfway between question and answer. */
  readonly here: number;
  /** PEM certificates above the server's own, when the token was accepted; jobs are given them. */
  readonly chain: string;
}

/** Asks once as `verify` does, for what stands in the answer's header. null when there is no answer. */
export async function askCoordinator(
  settings: Pick<DoctorSettings, "clock" | "configPath" | "identity" | "proxies" | "systemId">,
  runner: RunnerConfig,
  signal: AbortSignal,
): Promise<CoordinatorAnswer | null> {
  const { clock, identity, proxies, systemId } = settings;
  const base = apiBase(runner.url);
  if (!base.ok) return null;
  const paths = {
    caFile: runner["tls-ca-file"],
    certFile: runner["tls-cert-file"],
    keyFile: runner["tls-key-file"],
    certsDir: certsDirOf(settings.configPath),
  };
  const agents = new AgentPool({ tls: new TlsFiles(paths, base.url.hostname), env: proxies, clock });
  const connection = new Connection({
    base,
    agents,
    userAgent: userAgent(identity),
    clock,
    limits: defaultLimits,
    metrics: noCallMetrics,
    warn: () => {},
    random: () => 0,
  });
  const json = jsonBody({ token: runner.token, system_id: systemId });
  const asked = clock.now();
  try {
    const reply = await connection.send(
      {
        method: "POST",
        path: "runners/verify",
        headers: { ...json.headers, "runner-token": runner.token, accept: "application/json" },
        body: json.body,
        wanted: 200,
        // What is wrong now is to be seen now.
        longestRetryMs: 0,
        endpoint: null,
      },
      signal,
    );
    if (reply.kind !== "answer") return null;
    const { status, chain } = reply;
    return { status, chain, there: Date.parse(reply.header("date")), here: (asked + clock.now()) / 2 };
  } finally {
    agents.closeIdle();
  }
}
