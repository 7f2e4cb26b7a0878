import { dirname } from "node:path";
import { AgentError } from "../support/errors.ts";

/**
 * What GitLab Runner's custom executor says to the driver that it calls, by the driver's environment (GitLab Runner,
 * docs/executors/custom.md and executors/custom/command).
 */
export interface Caller {
  /** BUILD_FAILURE_EXIT_CODE: the job's own failure, which is not tried again. */
  readonly buildFailure: number;
  /** SYSTEM_FAILURE_EXIT_CODE: may be tried again. */
  readonly systemFailure: number;
  /** BUILD_EXIT_CODE_FILE: takes the exit code of a script that failed; "" where the runner is older than that. */
  readonly exitCodeFile: string;
  /** JOB_RESPONSE_FILE: the job as the coordinator handed it out. */
  readonly jobResponseFile: string;
  /** Of this one try to prepare the job, and of what follows it; goes when the runner is done with the job. */
  readonly directory: string;
  /** CUSTOM_ENV_*, without the prefix: all variables of the job as the runner has them, expanded. */
  readonly variables: Readonly<Record<string, string>>;
}

const prefix = "CUSTOM_ENV_";

type Environment = Readonly<Record<string, string | undefined>>;

/** The two codes, also where nothing else of the contract is there. */
export function exitCodesOf(env: Environment): Pick<Caller, "buildFailure" | "systemFailure"> {
  return {
    buildFailure: exitCode(env["BUILD_FAILURE_EXIT_CODE"], 1),
    systemFailure: exitCode(env["SYSTEM_FAILURE_EXIT_CODE"], 2),
  };
}

/** @throws AgentError CUSTOM_CALLER when it isn't a runner's custom executor that calls */
export function readCaller(env: Environment): Caller {
  const { JOB_RESPONSE_FILE: jobResponseFile = "", BUILD_EXIT_CODE_FILE: exitCodeFile = "" } = env;
  if (jobResponseFile === "") {
    throw new AgentError("CUSTOM_CALLER", "JOB_RESPONSE_FILE is not set, so no custom executor calls this", {
      hint: 'let GitLab Runner call `longshore custom` from [runners.custom] of an entry with executor = "custom"',
      exitCode: 2,
    });
  }
  const variables = Object.entries(env).flatMap(([key, value]) =>
    key.startsWith(prefix) && value !== undefined ? [[key.slice(prefix.length), value] as const] : [],
  );
  return {
    ...exitCodesOf(env),
    exitCodeFile,
    jobResponseFile,
    directory: dirname(jobResponseFile),
    variables: Object.fromEntries(variables),
  };
}

function exitCode(text: string | undefined, fallback: number): number {
  const code = Number(text);
  return Number.isInteger(code) && code > 0 && code < 256 ? code : fallback;
}
