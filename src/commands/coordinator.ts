import { Option, type Command } from "commander";
import type { AgentDeps } from "./agent-deps.ts";
import type { CoordinatorFlags } from "./coordinator-serve.ts";

/** Mounts `longshore coordinator`. */
export function addCoordinatorCommand(program: Command, deps: AgentDeps): void {
  const command = program
    .command("coordinator")
    .description("serve a repository's pipeline to any runner that registers, as a GitLab would")
    .option("--listen <address>", "HOST:PORT; may be given often (default: 127.0.0.1:8929)", collect, [])
    .option("--repo <directory>", "the repository, or any directory with a .gitlab-ci.yml", ".")
    .option("-f, --file <path>", "the pipeline's file, from the repository's root", ".gitlab-ci.yml")
    .option("--external-url <url>", "the URL that runners and their jobs use (default: that of the first address)")
    .addOption(new Option("--token <token>", "make a runner with this glrt- token [$RUNNER_TOKEN]"))
    .option("--registration-token <token>", "what runners register with (default: a new one)")
    .option("--state-dir <directory>", "keep logs, artifacts and runners here (default: nothing is kept)")
    .option("--var <KEY=VALUE>", "a variable of the pipeline; may be given often", collect, [])
    .option("--once", "end with the pipeline, with its result as exit code")
    .option("--no-color", "no colours")
    .action(async () => {
      // Not at the top: other commands start faster without coordinator and pipelines.
      const { serve } = await import("./coordinator-serve.ts");
      deps.exitWith(await serve(command.opts<CoordinatorFlags>(), deps));
    });
}

const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value];
