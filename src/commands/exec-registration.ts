import { systemId } from "../config/system-id.ts";
import { createRunnerApi } from "../coordinator/client.ts";
import type { EmbeddedCoordinator } from "../coordinator/embedded/server.ts";
import { AgentError } from "../support/errors.ts";
import type { AgentDeps } from "./agent-deps.ts";

const limitMs = 30_000;

/**
 * The token of the project's runner: registered over HTTP as with any coordinator the first time, verified
 * afterwards. Its tags are the pipeline's, so that it may take every job.
 */
export async function registerWith(
  coordinator: EmbeddedCoordinator,
  configFile: string,
  tags: readonly string[],
  deps: Pick<AgentDeps, "identity" | "clock">,
): Promise<string> {
  const signal = AbortSignal.timeout(limitMs);
  // No proxy: the coordinator is in this very process.
  const createApi = createRunnerApi({ agent: deps.identity, clock: deps.clock, proxies: {} });
  const api = createApi({
    url: coordinator.localUrls[0] ?? coordinator.url,
    tls: { caFile: "", certFile: "", keyFile: "", certsDir: "" },
  });
  const known = coordinator.runners()[0];
  if (known !== undefined) {
    known.tags = [...tags];
    const answer = await api.verify(known.token, (await systemId(configFile)).id, signal);
    if (answer.kind === "verified") return answer.token;
    throw failed(answer.kind === "legacy" ? "no answer in JSON" : answer.reason);
  }
  const attributes = { maintenanceNote: "", locked: false, accessLevel: "", maximumTimeout: 0, paused: false } as const;
  const answer = await api.register(
    coordinator.registrationToken,
    { ...attributes, description: "longshore exec", tagList: tags.join(","), runUntagged: true },
    signal,
  );
  if (answer.kind === "registered") return answer.token;
  throw failed(answer.reason);
}

function failed(reason: string): AgentError {
  return new AgentError("EXEC_REGISTRATION", `the agent could not register with the embedded coordinator: ${reason}`, {
    hint: "Another program may have answered at its address; choose one with --listen.",
  });
}
