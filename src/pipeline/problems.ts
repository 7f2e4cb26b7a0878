import { closest, distance } from "fastest-levenshtein";

/** Where something stands in a file; line and column count from 1. */
export interface Place {
  /** As the author names it: relative to the root of the repository. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** A mistake in the configuration, or something in it that cannot be run here. */
export interface PipelineProblem extends Place {
  /** Keys from the top, e.g. `jobs.test.script`; "" for the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** What to change, as one sentence. */
  readonly hint: string;
}

/** More than anybody reads, and few enough to show. */
const maxErrors = 100;

/** Collects problems, the first hundred errors of them; the same thing at the same place is kept once, however many jobs inherit it. */
export class Problems {
  readonly errors: PipelineProblem[] = [];
  readonly warnings: string[] = [];
  readonly #seen = new Set<string>();
  readonly #parent: Problems | null;
  readonly #unsupported: PipelineProblem[] = [];

  constructor(parent: Problems | null = null) {
    this.#parent = parent;
  }

  error(place: Place, path: string, message: string, hint: string): void {
    if (this.#parent !== null) return this.#parent.error(place, path, message, hint);
    if (this.errors.length < maxErrors && this.#isNew(place, message)) {
      this.errors.push({ file: place.file, line: place.line, column: place.column, path, message, hint });
    }
  }

  warn(place: Place, path: string, message: string): void {
    if (this.#parent !== null) return this.#parent.warn(place, path, message);
    if (this.#isNew(place, message)) this.warnings.push(`${place.file}:${place.line}: ${path}: ${message}`);
  }

  /**
   * Something valid that cannot be done here. In a job's own collector it waits for `settle`, since it harms
   * nothing when the rules leave that job out.
   */
  unsupported(place: Place, path: string, message: string, hint: string): void {
    if (this.#parent === null) this.error(place, path, message, hint);
    else this.#unsupported.push({ file: place.file, line: place.line, column: place.column, path, message, hint });
  }

  /** Reports what was unsupported: as errors when the job is part of the pipeline, else as warnings. */
  settle(part: boolean): void {
    for (const problem of this.#unsupported.splice(0)) {
      if (part) this.error(problem, problem.path, problem.message, problem.hint);
      else this.warn(problem, problem.path, `${problem.message} (the job is not part of this pipeline)`);
    }
  }

  #isNew(place: Place, message: string): boolean {
    const key = `${place.file}:${place.line}:${place.column}:${message}`;
    if (this.#seen.has(key)) return false;
    this.#seen.add(key);
    return true;
  }
}

/** The candidate that was probably meant, or null when none is close. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  if (candidates.length === 0 || word.length > 64) return null;
  const best = closest(word, candidates);
  return distance(word, best) <= Math.max(2, Math.floor(word.length / 3)) ? best : null;
}
