/** What `{a,b}` in a pattern stands for, or why that can't be said. */
export type Alternatives =
  { readonly ok: true; readonly patterns: readonly string[] } | { readonly ok: false; readonly problem: string };

const mostPatterns = 1000;
/** Of all patterns together; each character costs memory and time for every name that is looked at. */
const mostCharacters = 65_536;
const mostLevels = 32;

type Piece = string | readonly Sequence[];
type Sequence = readonly Piece[];

/**
 * The patterns without braces that a pattern with braces stands for, in doublestar's order. Its size is known before
 * any of them is made, and it is read once from left to right: an author must not be able to fill the agent's memory.
 */
export function expandBraces(pattern: string): Alternatives {
  const reader = new BraceReader(pattern);
  const sequence = reader.sequence(0);
  if (typeof sequence === "string") return { ok: false, problem: sequence };
  const { count, characters } = sizeOf(sequence);
  if (count > mostPatterns) return { ok: false, problem: `its braces stand for more than ${mostPatterns} patterns` };
  if (characters > mostCharacters) {
    return { ok: false, problem: `it is longer than ${mostCharacters} characters once its braces are written out` };
  }
  return { ok: true, patterns: patternsOf(sequence) };
}

class BraceReader {
  readonly #pattern: string;
  #at = 0;
  /** From here on no bracket is closed: it need not be looked for again. */
  #noneCloses = Number.POSITIVE_INFINITY;

  constructor(pattern: string) {
    this.#pattern = pattern;
  }

  /** Up to the end, or inside braces up to the comma or brace that ends it; a string says what is wrong. */
  sequence(level: number): Sequence | string {
    if (level > mostLevels) return `its braces are nested more than ${mostLevels} levels deep`;
    const pieces: Piece[] = [];
    let start = this.#at;
    for (;;) {
      const char = this.#pattern[this.#at];
      if (level === 0 && char === "}") return "a brace is never opened";
      const ends = char === undefined || (level > 0 && (char === "," || char === "}"));
      if (ends || char === "{") {
        if (this.#at > start) pieces.push(this.#pattern.slice(start, this.#at));
        if (ends) return pieces;
        const choice = this.#choice(level);
        if (typeof choice === "string") return choice;
        pieces.push(choice);
        start = this.#at;
      } else {
        this.#at = this.#next(this.#at);
      }
    }
  }

  #choice(level: number): readonly Sequence[] | string {
    const sequences: Sequence[] = [];
    for (;;) {
      this.#at++;
      const sequence = this.sequence(level + 1);
      if (typeof sequence === "string") return sequence;
      sequences.push(sequence);
      if (this.#at >= this.#pattern.length) return "a brace is never closed";
      if (this.#pattern[this.#at] === "}") {
        this.#at++;
        return sequences;
      }
    }
  }

  /** Index of the character after the one at `index`: a backslash and a class are taken as one. */
  #next(index: number): number {
    if (this.#pattern[index] === "\\") return Math.min(index + 2, this.#pattern.length);
    if (this.#pattern[index] !== "[" || index >= this.#noneCloses) return index + 1;
    for (let at = index + 1; at < this.#pattern.length; at += this.#pattern[at] === "\\" ? 2 : 1) {
      if (this.#pattern[at] === "]") return at + 1;
    }
    this.#noneCloses = index;
    return index + 1;
  }
}

interface Size {
  readonly count: number;
  /** Of all patterns together. */
  readonly characters: number;
}

function sizeOf(sequence: Sequence): Size {
  let count = 1;
  let characters = 0;
  for (const piece of sequence) {
    const inner = typeof piece === "string" ? { count: 1, characters: piece.length } : sumOf(piece.map(sizeOf));
    characters = characters * inner.count + inner.characters * count;
    count *= inner.count;
  }
  return { count, characters };
}

function sumOf(sizes: readonly Size[]): Size {
  return sizes.reduce((sum, size) => ({
    count: sum.count + size.count,
    characters: sum.characters + size.characters,
  }));
}

function patternsOf(sequence: Sequence): readonly string[] {
  let patterns: readonly string[] = [""];
  for (const piece of sequence) {
    const choices = typeof piece === "string" ? [piece] : piece.flatMap(patternsOf);
    patterns = patterns.flatMap((head) => choices.map((choice) => head + choice));
  }
  return patterns;
}
