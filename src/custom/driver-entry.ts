import { checkEntry } from "../config/check-entry.ts";
import { isTable } from "../config/known-keys.ts";
import { loadConfig, type Surroundings } from "../config/load.ts";
import { parseToml } from "../config/parse.ts";
import type { RunnerConfig } from "../config/schema.ts";
import type { JobPayload } from "../coordinator/job-payload.ts";
import { AgentError } from "../support/errors.ts";
import type { Caller } from "./caller.ts";

/** A token that is nothing but its short form: what the runner says of its own. */
const shortTokenPrefix = "GR0000000";

/**
 * The [[runners]] entry of the driver's file that holds for the job, with what only the calling runner knows: token,
 * address of the coordinator, and the admin's own variables.
 *
 * @param name of the entry; "" for the first with executor = "docker"
 * @throws AgentError RUNNER_NOT_FOUND, and those of loading config.toml
 */
export async function driverEntry(
  configFile: string,
  name: string,
  caller: Caller,
  payload: JobPayload,
  surroundings: Surroundings,
): Promise<RunnerConfig> {
  const { config, text } = await loadConfig(configFile, surroundings);
  const index = config.runners.findIndex((runner) =>
    name === "" ? runner.executor === "docker" : runner.name === name,
  );
  const entries = parseToml(text.replace(/^\uFEFF/, ""), configFile)["runners"];
  const raw: unknown = Array.isArray(entries) ? entries[index] : undefined;
  if (!isTable(raw)) {
    const wanted = name === "" ? 'with executor = "docker"' : `named ${JSON.stringify(name)}`;
    throw new AgentError("RUNNER_NOT_FOUND", `${configFile} has no [[runners]] entry ${wanted}`, {
      hint: "write one with a [runners.docker] table, or name another one with --runner",
      exitCode: 2,
    });
  }
  const { variables } = caller;
  const url = config.runners[index]?.url ?? "";
  const own = Array.isArray(raw["environment"]) ? raw["environment"] : [];
  return checkEntry(
    {
      ...raw,
      executor: "docker",
      url: url === "" ? (variables["CI_SERVER_URL"] ?? "") : url,
      token: `${shortTokenPrefix}${variables["CI_RUNNER_SHORT_TOKEN"] ?? ""}`,
      environment: [...adminsVariables(caller, payload), ...own],
    },
    () => null,
    surroundings,
  );
}

/** `environment` of the calling runner's entry, and the feature flags that are on there: all that is neither the job's nor made for it. */
function adminsVariables({ variables }: Caller, payload: JobPayload): string[] {
  const ofJob = new Set(payload.variables.map(({ key }) => key));
  return Object.entries(variables)
    .filter(([key]) => !ofJob.has(key) && !/^(?:CI_|RUNNER_TEMP_PROJECT_DIR$)/.test(key))
    .filter(([key, value]) => !key.startsWith("FF_") || value === "true")
    .map(([key, value]) => `${key}=${value.replaceAll("$", "$$$$")}`);
}
