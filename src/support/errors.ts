/** Who can act on the error: whoever runs the agent, or whoever wrote the job. */
export type Audience = "admin" | "author";

export interface AgentErrorOptions {
  /** What to change, as one sentence; shown on a line of its own under the message. */
  readonly hint: string;
  /** Default "admin". */
  readonly audience?: Audience;
  /** Exit code of the command that ends with this error: 2 for bad usage or configuration, 1 (default) for everything else. */
  readonly exitCode?: 1 | 2;
  readonly cause?: unknown;
}

/**
 * Every failure that a person may read. `code` is stable and listed in docs/errors.md; the message says what
 * happened, the hint what to change. Neither ever holds a token, a password or a variable's value.
 */
export class AgentError extends Error {
  readonly code: string;
  readonly hint: string;
  readonly audience: Audience;
  readonly exitCode: 1 | 2;

  constructor(code: string, message: string, options: AgentErrorOptions) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "AgentError";
    this.code = code;
    this.hint = options.hint;
    this.audience = options.audience ?? "admin";
    this.exitCode = options.exitCode ?? 1;
  }
}

/** The text of anything that was thrown, without its stack; never empty. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === "")
    return [...new Set(error.errors.map(messageOf))].join("; ") || error.name;
  if (error instanceof Error) return error.message === "" ? error.name : error.message;
  if (typeof error === "string" && error !== "") return error;
  try {
    return JSON.stringify(error) ?? String(error);
  } catch {
    return String(error);
  }
}
