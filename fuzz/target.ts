import type * as fc from "fast-check";

/** One reader of input that others write, with inputs made for it and what must hold for each of them. */
export interface FuzzTarget<T = unknown> {
  readonly name: string;
  /** How much of a whole run it gets, beside the shares of the others. */
  readonly share: number;
  readonly arbitrary: fc.Arbitrary<T>;
  /** Milliseconds of CPU time that one input may take; default 400. Inputs are up to some 100 KB long. */
  readonly limitMs?: number;
  /** Throws when something doesn't hold. What the reader refuses in the way that it says it does is no finding. */
  check(input: T): void | Promise<void>;
}
