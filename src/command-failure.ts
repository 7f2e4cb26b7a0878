import { CommanderError } from "commander";
import { AgentError, messageOf } from "./support/errors.ts";

/** How a command's error ends the process. */
export interface CommandFailure {
  /** For standard error, without a line break at its end; "" where all is said. Secrets are not yet hidden in it. */
  readonly text: string;
  readonly exitCode: number;
}

/** What went wrong and how to fix it; of wrong flags the command line itself has told. */
export function commandFailure(error: unknown): CommandFailure {
  if (error instanceof CommanderError) return { text: "", exitCode: error.exitCode === 0 ? 0 : 2 };
  if (!(error instanceof AgentError)) return { text: `ERROR: ${messageOf(error)}`, exitCode: 1 };
  return { text: `ERROR: ${error.message}\n  fix: ${error.hint} [${error.code}]`, exitCode: error.exitCode };
}
