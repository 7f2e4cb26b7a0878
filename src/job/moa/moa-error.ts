/** What is wrong with an expression, in words for its author. Holds pieces of the expression, never of a value. */
export class MoaError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "MoaError";
  }
}
