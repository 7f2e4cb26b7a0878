import { MoaError } from "./moa-error.ts";
import { type MoaValue, sizeOf } from "./value.ts";

/** All expressions of a job together may look at this many characters: a long input can be named very often. */
const mostCharacters = 32 * 2 ** 20;

/** What the expressions of one job may still look at. */
export class Budget {
  #left = mostCharacters;

  /** @throws MoaError when there is nothing left */
  spend(...values: readonly MoaValue[]): void {
    for (const value of values) {
      this.#left -= sizeOf(value);
      if (this.#left < 0) throw new MoaError("the expressions of the job go through more than 32 Mi characters");
    }
  }
}
