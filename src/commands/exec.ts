import { InvalidArgumentError, Option, type Command } from "commander";
import { AgentError } from "../support/errors.ts";
import { discoverListenAddresses } from "./exec-addresses.ts";
import type { AgentDeps } from "./agent-deps.ts";
import { defaultStateDir } from "./state-dir.ts";
import { findProject } from "./exec-project.ts";
import type { ExecRequest } from "./exec-run.ts";
import { readInputs, readVariables } from "./exec-variables.ts";
import { loadTemplate } from "./register-template.ts";

interface ExecFlags {
  readonly file: string;
  readonly var: readonly string[];
  readonly input: readonly string[];
  readonly config?: string;
  readonly templateConfig?: string;
  readonly image?: string;
  readonly wiring?: "socket" | "dind" | "tcp";
  readonly privileged?: true;
  readonly dockerHost?: string;
  readonly helperImage?: string;
  readonly concurrent: number;
  readonly listen: readonly string[];
  readonly externalUrl?: string;
  readonly needs?: true;
  readonly color: boolean;
  readonly list?: true;
  readonly timing?: true;
  readonly stateDir?: string;
}

/** Mounts `longshore exec`. */
export function addExecCommand(program: Command, deps: AgentDeps, directory: () => string = () => process.cwd()): void {
  const command = program
    .command("exec")
    .description("run the pipeline of this directory's .gitlab-ci.yml, through a coordinator in this process")
    .argument("[jobs...]", "only these jobs; manual ones run when they are named")
    .option("-f, --file <path>", "the pipeline's file, from the project's root", ".gitlab-ci.yml")
    .option("--var <KEY=VALUE>", "a variable of the pipeline; may be given often", collect, [])
    .option("--input <NAME=VALUE>", "another value for an input of the jobs; may be given often", collect, [])
    .option("--needs", "with named jobs: also the jobs that they need")
    .option("-l, --list", "list the pipeline's jobs and run none")
    .option("-c, --config <file>", "config.toml whose one [[runners]] entry holds for the jobs")
    .option("--template-config <file>", "the same, under register's name for it")
    .option("--image <image>", "image of jobs that name none")
    .addOption(
      new Option("--wiring <kind>", "how jobs reach a Docker daemon of their own").choices(["socket", "dind", "tcp"]),
    )
    .option("--privileged", "run build containers privileged")
    .option("-H, --docker-host <address>", "the daemon that runs the jobs' containers")
    .option("--helper-image <image>", "image with sh, git and tar for sources, caches and artifacts")
    .option("--concurrent <n>", "jobs at once", positive, 2)
    .option("--listen <address>", "where the coordinator listens; jobs must reach it; may be given often", collect, [])
    .option("--external-url <url>", "the coordinator's URL as jobs reach it")
    .option("--timing", "after each job: what it spent its time on")
    .option("--state-dir <directory>", "where runner and caches are remembered")
    .option("--no-color", "no colours")
    .action(async (jobs: readonly string[]) => {
      deps.exitWith(await exec(jobs, command.opts<ExecFlags>(), directory(), deps));
    });
}

async function exec(jobs: readonly string[], flags: ExecFlags, directory: string, deps: AgentDeps): Promise<0 | 1> {
  if (flags.config !== undefined && flags.templateConfig !== undefined) {
    throw new AgentError("USAGE_FLAG", "--config and --template-config are two names of one thing", {
      hint: "give one of them",
      exitCode: 2,
    });
  }
  const templateFile = flags.config ?? flags.templateConfig;
  const request: ExecRequest = {
    project: await findProject(directory, flags.file),
    jobs,
    withNeeds: flags.needs ?? false,
    given: readVariables(flags.var),
    inputs: readInputs(flags.input),
    template: templateFile === undefined ? {} : await loadTemplate(templateFile),
    settings: {
      image: flags.image ?? "",
      wiring: flags.wiring ?? "",
      privileged: flags.privileged ?? false,
      dockerHost: flags.dockerHost ?? "",
      helperImage: flags.helperImage ?? "",
      concurrent: flags.concurrent,
    },
    listen: flags.listen,
    externalUrl: flags.externalUrl ?? "",
    stateDir: flags.stateDir ?? defaultStateDir(deps),
    colours: flags.color && deps.isTerminal,
    timing: flags.timing ?? false,
    discover: discoverListenAddresses,
  };
  // Not at the top: other commands start faster without agent, coordinator and pipelines.
  const { listJobs, runExec } = await import("./exec-run.ts");
  return flags.list === true ? listJobs(request, deps) : runExec(request, deps);
}

const collect = (value: string, previous: readonly string[]): readonly string[] => [...previous, value];

function positive(text: string): number {
  if (!/^[1-9]\d{0,3}$/.test(text)) throw new InvalidArgumentError("It has to be a whole number of at least 1.");
  return Number(text);
}
