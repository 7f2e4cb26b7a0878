const manyPhrases = 200;

/**
 * Finds any number of phrases in a stream of bytes (Aho-Corasick: one state says how much of which phrase the bytes
 * so far end with). Memory is about 25 bytes for each byte of the phrases, so that a masked file costs nothing to
 * speak of. Where no phrase is under way, `skip` jumps ahead by up to the shortest phrase's length (Wu-Manber).
 */
export class PhraseAutomaton {
  static readonly root = 0;

  readonly isEmpty: boolean;
  readonly #rootChild = new Int32Array(256);
  readonly #byte: Uint8Array;
  readonly #firstChild: Int32Array;
  readonly #nextSibling: Int32Array;
  /** The state of the longest proper ending of a state's bytes that is the beginning of a phrase. */
  readonly #fallback: Int32Array;
  readonly #depth: Int32Array;
  readonly #matched: Int32Array;
  readonly #pending: Int32Array;
  /** Maps a byte to the one it is compared as. */
  readonly #fold = new Uint8Array(256);
  readonly #shortest: number;
  /**
   * By what `blockOf` makes of the last bytes of a window of `#shortest` bytes: how far the window may move; null where
   * it can't pay.
   */
  readonly #shift: Uint8Array | null;
  /** Many phrases hold nearly every pair of letters, and few of the triples. */
  readonly #byTriples: boolean;
  #states = 1;

  constructor(phrases: readonly Uint8Array[], ignoreCase = false) {
    for (let byte = 0; byte < 256; byte++) {
      this.#fold[byte] = ignoreCase && byte >= 0x41 && byte <= 0x5a ? byte + 0x20 : byte;
    }
    const capacity = phrases.reduce((sum, phrase) => sum + phrase.length, 1);
    this.#byte = new Uint8Array(capacity);
    this.#firstChild = new Int32Array(capacity);
    this.#nextSibling = new Int32Array(capacity);
    this.#fallback = new Int32Array(capacity);
    this.#depth = new Int32Array(capacity);
    this.#matched = new Int32Array(capacity);
    this.#pending = new Int32Array(capacity);
    for (const phrase of phrases) this.#insert(phrase);
    this.#link();
    this.isEmpty = this.#states === 1;
    this.#shortest = phrases.reduce((least, phrase) => Math.min(least, phrase.length), 255);
    this.#byTriples = phrases.length >= manyPhrases && this.#shortest >= 6;
    this.#shift = this.isEmpty || this.#shortest < 3 ? null : this.#shiftTable(phrases);
  }

  /** The state after one more byte. */
  step(state: number, byte: number): number {
    const folded = this.#fold[byte] as number;
    for (let from = state; from !== PhraseAutomaton.root; from = this.#fallback[from] as number) {
      const child = this.#child(from, folded);
      if (child !== 0) return child;
    }
    return this.#rootChild[folded] as number;
  }

  /** How many bytes at the end of the input are the beginning of a phrase that is not whole yet. */
  pending(state: number): number {
    return this.#pending[state] as number;
  }

  /** Length of the longest phrase that ends here; 0 for none. */
  matched(state: number): number {
    return this.#matched[state] as number;
  }

  /**
   * For use in the root state only: the first position, `from` or later, at which a phrase may begin. Never passes
   * over the beginning of a phrase that goes on after the end of `bytes`.
   */
  skip(bytes: Uint8Array, from: number): number {
    const end = bytes.length;
    let position = from;
    if (this.#shift !== null) {
      const window = this.#shortest - 1;
      const last = end - window;
      const byTriples = this.#byTriples;
      while (position < last) {
        const at = position + window;
        const pair = ((bytes[at - 1] as number) << 8) | (bytes[at] as number);
        const shift = this.#shift[byTriples ? blockOf(bytes[at - 2] as number, pair) : pair] as number;
        if (shift === 0) return position;
        position += shift;
      }
    }
    while (position < end && this.#rootChild[this.#fold[bytes[position] as number] as number] === 0) position++;
    return position;
  }

  #child(state: number, folded: number): number {
    let child = this.#firstChild[state] as number;
    while (child !== 0 && this.#byte[child] !== folded) child = this.#nextSibling[child] as number;
    return child;
  }

  #insert(phrase: Uint8Array): void {
    let state = PhraseAutomaton.root;
    for (const byte of phrase) {
      const folded = this.#fold[byte] as number;
      const known = state === PhraseAutomaton.root ? (this.#rootChild[folded] as number) : this.#child(state, folded);
      state = known === 0 ? this.#addChild(state, folded) : known;
    }
    this.#matched[state] = phrase.length;
  }

  #addChild(state: number, folded: number): number {
    const added = this.#states++;
    this.#byte[added] = folded;
    this.#depth[added] = (this.#depth[state] as number) + 1;
    this.#nextSibling[added] = this.#firstChild[state] as number;
    this.#firstChild[state] = added;
    if (state === PhraseAutomaton.root) this.#rootChild[folded] = added;
    return added;
  }

  /** Breadth first, since a state's fallback is always nearer to the root than the state. */
  #link(): void {
    const queue = new Int32Array(this.#states);
    let length = 1;
    for (let head = 0; head < length; head++) {
      const state = queue[head] as number;
      for (let child = this.#firstChild[state] as number; child !== 0; child = this.#nextSibling[child] as number) {
        queue[length++] = child;
        const fallback = this.step(this.#fallback[state] as number, this.#byte[child] as number);
        this.#fallback[child] = state === PhraseAutomaton.root ? PhraseAutomaton.root : fallback;
        const shorter = this.#fallback[child] as number;
        if (this.matched(child) === 0) this.#matched[child] = this.matched(shorter);
        const goesOn = this.#firstChild[child] !== 0;
        this.#pending[child] = goesOn ? (this.#depth[child] as number) : this.pending(shorter);
      }
    }
  }

  #shiftTable(phrases: readonly Uint8Array[]): Uint8Array {
    const window = this.#shortest;
    const length = this.#byTriples ? 3 : 2;
    const table = new Uint8Array(65_536).fill(window - length + 1);
    const allow = (block: number, shift: number) => {
      table[block] = Math.min(table[block] as number, shift);
    };
    for (const phrase of phrases) {
      for (let end = length - 1; end < window; end++) {
        for (const high of this.#spellings(phrase[end - 1] as number)) {
          for (const low of this.#spellings(phrase[end] as number)) {
            const pair = (high << 8) | low;
            if (!this.#byTriples) allow(pair, window - 1 - end);
            else
              for (const first of this.#spellings(phrase[end - 2] as number))
                allow(blockOf(first, pair), window - 1 - end);
          }
        }
      }
    }
    return table;
  }

  #spellings(byte: number): number[] {
    const folded = this.#fold[byte] as number;
    const upper = folded - 0x20;
    return this.#fold[upper] === folded ? [folded, upper] : [folded];
  }
}

/** Three bytes as one of 65,536 numbers: that two triples share one costs a look, and nothing else. */
function blockOf(first: number, pair: number): number {
  return Math.imul((first << 16) | pair, 0x9e37_79b1) >>> 16;
}
