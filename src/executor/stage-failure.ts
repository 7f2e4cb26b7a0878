import type { FailureSituation } from "../job/failure-reason.ts";

/** A stage that did not do what it should: the author's script that failed, or something of ours. */
export class StageFailure extends Error {
  readonly situation: FailureSituation;
  /** Of the script, or of what a helper did in its place; 0 when no exit code says it. */
  readonly exitCode: number;
  /** True when the kernel ended the script for want of memory. */
  readonly oomKilled: boolean;
  /** What to change; "" when the message says it all. */
  readonly hint: string;

  constructor(
    situation: FailureSituation,
    message: string,
    options: { exitCode?: number; oomKilled?: boolean; hint?: string; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "StageFailure";
    this.situation = situation;
    this.exitCode = options.exitCode ?? 0;
    this.oomKilled = options.oomKilled ?? false;
    this.hint = options.hint ?? "";
  }
}
