import type { AgentIdentity } from "../coordinator/info.ts";
import type { KnownSecrets } from "../support/known-secrets.ts";
import type { Logger } from "../support/log.ts";
import { createLog, type LogFormat } from "../support/log.ts";
import { otlpSettings } from "../spans/otlp-settings.ts";
import type { CommandDeps } from "./command-deps.ts";
import type { Signals } from "./signals.ts";
import { defaultStateDir } from "./state-dir.ts";

/** What the commands that run an agent get beside what all commands get. */
export interface AgentDeps extends CommandDeps {
  readonly identity: AgentIdentity;
  readonly signals: Signals;
  /** What the process may write nowhere. Filled by the agent; none where nobody keeps them. */
  readonly secrets?: KnownSecrets;
  /** Bytes for the terminal. */
  readonly writeError: (text: string) => void;
  readonly isTerminal: boolean;
  /** The global flags; "" where they are not given. */
  readonly logOptions: () => { readonly level: string; readonly format: string };
}

/** The agent's log: flags win over config.toml. */
export function agentLog(deps: AgentDeps, config: { readonly log_level: string; readonly log_format: string }): Logger {
  const { level, format } = deps.logOptions();
  return createLog({
    level: level || config.log_level || "info",
    format: (format || config.log_format || "runner") as LogFormat,
    write: deps.writeError,
    colour: deps.isTerminal,
    ...(deps.secrets === undefined ? {} : { secrets: deps.secrets }),
  });
}

/** What an agent takes from the process around it. */
export function agentSurroundings(deps: AgentDeps, stateDir: string | undefined) {
  return {
    stateDir: stateDir ?? defaultStateDir(deps),
    identity: deps.identity,
    home: deps.home,
    proxies: deps.env,
    otlp: otlpSettings(deps.env),
    clock: deps.clock,
    ...(deps.secrets === undefined ? {} : { secrets: deps.secrets }),
  };
}
