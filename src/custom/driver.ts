import { basename, join } from "node:path";
import type { AgentIdentity } from "../coordinator/info.ts";
import { statePathOf } from "../journal/state-path.ts";
import type { Clock } from "../support/clock.ts";
import type { Caller } from "./caller.ts";

/** What a call of the driver has from the process around it. */
export interface DriverCall {
  readonly caller: Caller;
  /** The driver's config.toml, and the name of the entry in it that holds for the job; "" for the first. */
  readonly configFile: string;
  readonly runnerName: string;
  readonly stateRoot: string;
  readonly identity: AgentIdentity;
  readonly hostname: string;
  readonly home: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly clock: Clock;
  /** Aborts when the runner wants the call to end. */
  readonly signal: AbortSignal;
  /** To the job's log, but for `config`, whose answer it is, and `cleanup`. Resolves when the bytes are taken. */
  readonly write: (bytes: Uint8Array | string) => Promise<void>;
  /** A line to standard error. */
  readonly say: (line: string) => void;
}

export interface DriverState {
  /** Names all that the driver makes, in labels; never that of an agent that runs with the same file. */
  readonly agentId: string;
  readonly sessionsPath: string;
}

/** Where the driver with this configuration keeps its jobs. An agent with the same file has another place, and another id. */
export async function driverState(stateRoot: string, configFile: string): Promise<DriverState> {
  const path = await statePathOf(stateRoot, `${configFile}.custom`);
  return { agentId: basename(path), sessionsPath: join(path, "sessions") };
}
