import { isDeepStrictEqual } from "node:util";
import { stringify } from "fast-check";
import { AgentError } from "../src/support/errors.ts";

/** Something that must hold for every input, and didn't. */
export class Violation extends Error {
  override readonly name = "Violation";
}

export function hold(holds: boolean, claim: string): void {
  if (!holds) throw new Violation(claim);
}

export function holdEqual(found: unknown, wanted: unknown, claim: string): void {
  if (isDeepStrictEqual(found, wanted)) return;
  const shown = (value: unknown) => stringify(value).slice(0, 600);
  throw new Violation(`${claim}\n  found  ${shown(found)}\n  wanted ${shown(wanted)}`);
}

/**
 * What `read` gives, or null when it refuses the input with one of these codes, a message and a hint. Any other
 * error goes on: it is a crash.
 */
export function unlessRefused<T>(codes: readonly string[], read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    return refusal(codes, error);
  }
}

/** null for an error that is a refusal; throws it again when it is none. */
export function refusal(codes: readonly string[], error: unknown): null {
  if (!(error instanceof AgentError) || !codes.includes(error.code)) throw error;
  hold(error.message !== "" && error.hint !== "", `${error.code} says what happened and what to change`);
  return null;
}
