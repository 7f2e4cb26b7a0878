import type { Logger } from "pino";
import type { Daemons } from "../daemon/daemons.ts";
import type { StateDirectory } from "../journal/state-directory.ts";
import type { Clock } from "../support/clock.ts";

/** What the agent gives to those who clean up behind it. */
export interface UpkeepContext {
  readonly agentId: string;
  readonly state: Pick<StateDirectory, "path" | "jobsPath" | "boot">;
  readonly daemons: Pick<Daemons, "get">;
  readonly clock: Clock;
  readonly log: Logger;
  /** Aborts when the agent ends. */
  readonly stopping: AbortSignal;
  readonly metrics: UpkeepMetrics;
}

export interface UpkeepMetrics {
  /** longshore_reaped_objects_total. */
  reaped(kind: "container" | "network" | "volume" | "file", count: number): void;
  /** longshore_daemon_disk_free_bytes and _inodes; NaN for what isn't known. */
  diskFree(daemon: string, bytes: number, inodes: number): void;
  /** longshore_disk_removals_total. */
  madeRoom(kind: "image" | "volume"): void;
}

/** Sleeps; false when the agent ends meanwhile. */
export async function waited({ clock, stopping }: UpkeepContext, ms: number): Promise<boolean> {
  return clock.sleep(ms, stopping).then(
    () => true,
    () => false,
  );
}
