import type { Engine } from "../src/docker/engine.ts";
import type { Contestant } from "./agent-process.ts";
import type { DockerAddress } from "./config-text.ts";
import type { DockerCli } from "./docker-cli.ts";
import type { RunnerFigure } from "./result.ts";

type ImageName = "base" | "helper" | "docker" | "dind";

/** Where a bench takes place: the same for every case of a run. */
export interface Site {
  readonly address: DockerAddress;
  readonly engine: Engine;
  readonly docker: DockerCli;
  /** `--label KEY=VALUE` for containers and volumes of the floors, by which leftovers are found. */
  readonly label: readonly string[];
  readonly images: Readonly<Record<ImageName, string>>;
  /** An address of this machine that containers reach. */
  readonly gateway: string;
  /** Ours first. */
  readonly contestants: readonly Contestant[];
  /** `--runs`; null: each case's own number. */
  readonly runs: number | null;
  /** Goes with the bench. */
  readonly directory: string;
  /** Aborts when the bench is told to end. */
  readonly signal: AbortSignal;
  /** A line about progress. */
  readonly say: (line: string) => void;
}

/** One row, or a few that belong together, of what is measured. */
export interface BenchCase {
  readonly name: string;
  /** What is measured, in one line. */
  readonly title: string;
  measure(site: Site): Promise<readonly RunnerFigure[]>;
}

/** The name under which our own figures stand. */
export const ourName = "longshore";
