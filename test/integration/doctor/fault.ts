import type { TestCoordinator } from "../../support/coordinator.ts";
import type { SecondDaemon } from "../../support/second-daemon.ts";

/** What faults are put into: everything in it is well but where its name says otherwise. */
export interface Scene {
  readonly directory: string;
  /** Of the agent with the scene's configuration, for faults that don't wait. */
  readonly agentId: string;
  /** Where containers reach this process. */
  readonly address: string;
  readonly coordinator: TestCoordinator;
  /** Stores with vfs, and has given its only network away. */
  readonly poor: SecondDaemon;
  /** Has little room, and bridges that are too wide for its uplink. */
  readonly narrow: SecondDaemon;
  readonly healthy: Configured;
}

/** Values are TOML. */
interface Configured {
  /** Lines of [[runners]]. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Lines of [runners.docker]. */
  readonly docker?: Readonly<Record<string, string>>;
  /** [runners.docker.daemon]. */
  readonly daemon?: string;
}

/** What the doctor must say of a fault. Its configuration wins over the healthy one. */
export interface Diagnosis extends Configured {
  readonly stateDir?: string;
  /** The check that finds it. */
  readonly check: string;
  readonly verdict: "warn" | "fail";
  readonly finding: RegExp;
  readonly fix: RegExp;
  /** Other checks that fail or warn, too. */
  readonly also?: readonly string[];
  /** Default 1 for "fail", 0 for "warn". */
  readonly exitCode?: number;
}

export interface Fault {
  readonly title: string;
  /** Most of its time is waiting: such faults are looked for side by side. */
  readonly waits?: true;
  /** Makes it; null where this machine can't have it. `undo` takes it away again. */
  put(scene: Scene, undo: AsyncDisposableStack): Diagnosis | null | Promise<Diagnosis | null>;
}

export const quoted = (text: string): string => JSON.stringify(text);

/** A configuration with one entry. */
export function configOf(healthy: Configured, fault: Configured): string {
  const lines = (values: Readonly<Record<string, string>>) =>
    Object.entries(values)
      .map(([key, value]) => `${key} = ${value}\n`)
      .join("");
  return [
    "concurrent = 2\n[[runners]]\n",
    lines({ ...healthy.settings, ...fault.settings }),
    "[runners.docker]\n",
    lines({ ...healthy.docker, ...fault.docker }),
    fault.daemon === undefined ? "" : `[runners.docker.daemon]\n${fault.daemon}\n`,
  ].join("");
}
