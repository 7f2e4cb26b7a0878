import type { Command } from "commander";
import { defaultConfigPath } from "../config/default-path.ts";
import type { AgentIdentity } from "../coordinator/info.ts";
import { readCaller } from "../custom/caller.ts";
import type { DriverCall } from "../custom/driver.ts";
import type { CallScene } from "../custom/scene.ts";
import type { CommandDeps } from "./command-deps.ts";
import { defaultStateDir } from "./state-dir.ts";

/** What the calls of a custom executor get from the process around them. */
export interface CustomDeps extends Pick<
  CommandDeps,
  "env" | "home" | "uid" | "hostname" | "clock" | "signal" | "say" | "exitWith"
> {
  readonly identity: AgentIdentity;
  /** Bytes to standard output, resolved when they are taken. */
  readonly write: (bytes: Uint8Array | string) => Promise<void>;
}

interface CustomFlags {
  readonly config?: string;
  readonly runner?: string;
  readonly stateDir?: string;
}

/**
 * Mounts `longshore custom`. The runner starts a process a stage, a dozen for a job: what a call needs is loaded when it
 * is needed.
 */
export function addCustomCommand(program: Command, deps: CustomDeps): void {
  const custom = program
    .command("custom")
    .description('the driver of a GitLab Runner with executor = "custom": gives its jobs Longshore\'s containers');
  const add = (name: string, description: string) =>
    custom
      .command(name)
      .description(description)
      .option("-c, --config <file>", "the driver's configuration")
      .option("-r, --runner <name>", "name of the [[runners]] entry that holds; default: the first docker entry")
      .option("--state-dir <directory>", "where jobs are kept from call to call");

  const config = add("config", "config_exec: says where the job's files will be").action(() =>
    answered(config, deps, "stderr", async (call) => {
      const { answerConfig } = await import("../custom/config.ts");
      await answerConfig(call);
    }),
  );
  const prepare = add("prepare", "prepare_exec: makes what the job runs in").action(() =>
    answered(prepare, deps, "stdout", async (call, scene) => {
      const { prepareSession } = await import("../custom/prepare.ts");
      await prepareSession(call, scene);
    }),
  );
  const run = add("run", "run_exec: runs one stage")
    .argument("<script>", "path of the script that the runner generated")
    .argument("<stage>", "name of the stage")
    .action((script: string, stage: string) =>
      answered(run, deps, "stdout", async (call, scene) => {
        const { runStage } = await import("../custom/run-stage.ts");
        await runStage(call, script, stage, scene);
      }),
    );
  const cleanup = add("cleanup", "cleanup_exec: removes what the job made").action(() =>
    answered(cleanup, deps, "stderr", async (call) => {
      const { cleanUpSession } = await import("../custom/cleanup.ts");
      const problems = await cleanUpSession(call);
      for (const problem of problems) deps.say(`WARNING: could not be removed: ${problem}`);
      if (problems.length > 0) deps.exitWith(call.caller.systemFailure);
    }),
  );
}

/** Runs a call; one that fails says why where the job's log takes it from, and ends with a code that the runner knows. */
async function answered(
  command: Command,
  deps: CustomDeps,
  log: "stdout" | "stderr",
  body: (call: DriverCall, scene: CallScene) => Promise<void>,
): Promise<void> {
  const call = callOf(command.opts<CustomFlags>(), deps);
  const scene: CallScene = { session: null, plan: null, output: null };
  try {
    await body(call, scene);
  } catch (error) {
    const { answerFailure } = await import("../custom/answer.ts");
    const say = async (line: string) => (log === "stdout" ? call.write(`${line}\n`) : call.say(line));
    deps.exitWith(await answerFailure(call, scene, error, say));
  }
}

function callOf(flags: CustomFlags, deps: CustomDeps): DriverCall {
  const { env, home, uid, hostname, identity, clock, signal, write, say } = deps;
  return {
    caller: readCaller(env),
    // Not CONFIG_FILE: what calls may have been given its own configuration by that.
    configFile: flags.config ?? defaultConfigPath(uid, home),
    runnerName: flags.runner ?? "",
    stateRoot: flags.stateDir ?? defaultStateDir(deps),
    env,
    home,
    hostname,
    identity,
    clock,
    signal,
    write,
    say,
    pid: process.pid,
  };
}
