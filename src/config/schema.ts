import { z } from "zod";
import { duration, integer, map, oneOf, opaque, table, tables, text } from "./keys.ts";
import type { DockerConfig } from "./schema-docker.ts";
import { runnerSchema, type RunnerEntry } from "./schema-runner.ts";

export type { DockerConfig };

/** All that GitLab Runner takes, whose own names are the first six. */
export const logLevels = ["debug", "info", "warning", "error", "fatal", "panic", "warn", "trace"] as const;
export const logFormats = ["runner", "text", "json"] as const;

/** config.toml with GitLab Runner's key names, and `[runners.docker.daemon]` of our own. */
export const configSchema = z.object({
  concurrent: integer("Jobs at once, over all runners. Must be at least 1.", { value: 1, min: 1 }),
  check_interval: integer("Pause between two rounds of asking for jobs; 0 means 3.", { unit: "seconds", value: 3 }),
  log_level: oneOf(["", ...logLevels], "What the agent logs; the flag `--log-level` wins.", {
    value: "",
    defaultText: '"info"',
    choices: logLevels,
    spell: (found) => found.toLowerCase(),
  }),
  log_format: oneOf(["", ...logFormats], "How the agent logs; the flag `--log-format` wins.", {
    value: "",
    defaultText: '"runner"',
    choices: logFormats,
  }),
  listen_address: text(
    "Address of the metrics server, `[HOST]:PORT`; port 9252 when only a host is given. Not set: none.",
    {
      example: '":9252"',
    },
  ),
  shutdown_timeout: integer("How long running jobs may take to end after SIGTERM or SIGINT.", {
    unit: "seconds",
    value: 30,
  }),
  connection_max_age: duration("Idle connections to the coordinator older than this are closed; 0 or less: never.", {
    value: 900_000,
  }),
  labels: map("Labels of all runners."),
  user: text("Accepted and not used: belongs to the shell executor."),
  sentry_dsn: text("Accepted and not used."),
  session_server: table("Web terminal.", {
    listen_address: text("Address the session server listens on."),
    advertise_address: text("Address at which the coordinator reaches it."),
    session_timeout: integer("How long a terminal may stay open after the job's end.", {
      unit: "seconds",
      value: 1800,
    }),
  }),
  experimental: opaque("Experimental features of GitLab Runner; accepted and not used."),
  machine: opaque("docker+machine executor; accepted and not used."),
  runners: tables("One entry for each runner.", runnerSchema),
});

/** Why an entry takes no jobs. The other entries do. */
export interface EntryProblem {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}

/**
 * One `[[runners]]` entry. Strings that are not set are "", durations are milliseconds. `docker` is always there for a
 * usable entry (its defaults when the file lacks the table), and `cache` null means the local cache.
 */
export interface RunnerConfig extends Omit<RunnerEntry, "docker"> {
  readonly docker: DockerConfig;
  /** Position in the file, from 0; names an entry for edit.ts. */
  readonly index: number;
  /** null for an entry that can take jobs. */
  readonly problem: EntryProblem | null;
}

export interface AgentConfig extends Omit<z.output<typeof configSchema>, "runners"> {
  /** All entries, those that can't be used included (see `problem`). */
  readonly runners: readonly RunnerConfig[];
}

/** The entries that can take jobs; see usable.ts for an agent that has none. */
export const usableRunners = (config: AgentConfig): readonly RunnerConfig[] =>
  config.runners.filter((runner) => runner.problem === null);
