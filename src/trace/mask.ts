import type { ByteFilter } from "./byte-filter.ts";
import { noBytes } from "./byte-filter.ts";
import { maskedForms } from "./mask-forms.ts";
import { PhraseAutomaton } from "./phrase-automaton.ts";

export const mask: Buffer = Buffer.from("[MASKED]");

/** The secrets of one job, shared by the maskers of all its sources; may grow while the job runs. */
export class MaskSet {
  readonly #formsOf: (secret: string) => readonly string[];
  readonly #phrases = new Set<string>();
  #automaton: PhraseAutomaton | null = null;

  /** @param formsOf as what a secret is looked for; none for one that hides nothing */
  constructor(secrets: Iterable<string> = [], formsOf: (secret: string) => readonly string[] = maskedForms) {
    this.#formsOf = formsOf;
    for (const secret of secrets) this.add(secret);
  }

  add(secret: string): void {
    for (const phrase of this.#formsOf(secret)) {
      if (this.#phrases.has(phrase)) continue;
      this.#phrases.add(phrase);
      this.#automaton = null;
    }
  }

  /** Bytes of all that a secret would be looked for as. */
  weightOf(secret: string): number {
    return this.#formsOf(secret).reduce((sum, phrase) => sum + Buffer.byteLength(phrase), 0);
  }

  /** Compiled when it is asked for; another object once a secret was added. */
  get automaton(): PhraseAutomaton {
    this.#automaton ??= new PhraseAutomaton([...this.#phrases].map((phrase) => Buffer.from(phrase)));
    return this.#automaton;
  }
}

/**
 * Replaces every occurrence of every secret by `[MASKED]`. Occurrences that overlap become one, so the longest
 * wins and no rest of a shorter one stays. Holds back only bytes that may be the beginning of a secret.
 *
 * Positions count from the first byte held back. A hidden stretch that begins before it (a negative `from`) has
 * been given out as `[MASKED]` already and may only grow at its end.
 */
export class SecretMasker implements ByteFilter {
  readonly #secrets: MaskSet;
  #automaton: PhraseAutomaton;
  #state = PhraseAutomaton.root;
  #held: Buffer = noBytes;
  /** How many of the held bytes the automaton has seen. */
  #seen = 0;
  #hidden: Stretch[] = [];

  constructor(secrets: MaskSet) {
    this.#secrets = secrets;
    this.#automaton = secrets.automaton;
  }

  push(chunk: Buffer): Buffer {
    this.#takeNewSecrets();
    if (this.#automaton.isEmpty) return chunk;
    const bytes = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    this.#scan(bytes);
    return this.#release(bytes, bytes.length - this.#automaton.pending(this.#state));
  }

  /** How many bytes are held back. */
  get held(): number {
    return this.#held.length;
  }

  /**
   * Gives up what is held back but for its last `bytes`, and returns it: all before them has been given out, by a masker
   * that knew fewer secrets. A secret that begins there is hidden from where they begin.
   */
  keepHeld(bytes: number): Buffer {
    const given = this.#held.length - bytes;
    if (given <= 0) return noBytes;
    const before = this.#held.subarray(0, given);
    const hidden = this.#hidden.map(({ from, to }) => ({ from: from - given, to: to - given }));
    this.#keep(this.#held.subarray(given), hidden);
    return before;
  }

  flush(): Buffer {
    this.#takeNewSecrets();
    this.#scan(this.#held);
    this.#state = PhraseAutomaton.root;
    return this.#release(this.#held, this.#held.length);
  }

  /** What is held back was judged by the old secrets: look at it again. */
  #takeNewSecrets(): void {
    const current = this.#secrets.automaton;
    if (current === this.#automaton) return;
    this.#automaton = current;
    this.#state = PhraseAutomaton.root;
    this.#seen = 0;
    // Matches inside the held bytes are found once more; found in order, the list stays sorted.
    this.#hidden = this.#hidden.filter(({ from }) => from < 0);
  }

  #scan(bytes: Buffer): void {
    const automaton = this.#automaton;
    let state = this.#state;
    for (let position = this.#seen; position < bytes.length; position++) {
      if (state === PhraseAutomaton.root) {
        position = automaton.skip(bytes, position);
        if (position >= bytes.length) break;
      }
      state = automaton.step(state, bytes[position] as number);
      const length = automaton.matched(state);
      if (length > 0) this.#hide(position + 1 - length, position + 1);
    }
    this.#state = state;
  }

  #hide(from: number, to: number): void {
    let start = from;
    let end = to;
    for (let last = this.#hidden.at(-1); last !== undefined && last.to > start; last = this.#hidden.at(-1)) {
      start = Math.min(start, last.from);
      end = Math.max(end, last.to);
      this.#hidden.pop();
    }
    this.#hidden.push({ from: start, to: end });
  }

  /** Gives out all before `safe`, which no later match can reach, and keeps the rest. */
  #release(bytes: Buffer, safe: number): Buffer {
    if (this.#hidden.length === 0 && safe === bytes.length) {
      this.#keep(noBytes, []);
      return bytes;
    }
    const out: Buffer[] = [];
    const later: Stretch[] = [];
    let position = 0;
    for (const { from, to } of this.#hidden) {
      if (from < safe) {
        if (from > position) out.push(bytes.subarray(position, from));
        if (from >= 0) out.push(mask);
        position = to;
      }
      if (to > safe) later.push({ from: from - safe, to: to - safe });
    }
    if (position < safe) out.push(bytes.subarray(position, safe));
    this.#keep(Buffer.from(bytes.subarray(safe)), later);
    return out.length === 1 ? (out[0] as Buffer) : Buffer.concat(out);
  }

  #keep(held: Buffer, hidden: Stretch[]): void {
    this.#held = held;
    this.#seen = held.length;
    this.#hidden = hidden;
  }
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}
