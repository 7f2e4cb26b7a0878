import { isTooShortToHide, shortestSecret } from "../support/shortest-secret.ts";
import type { MaskSet } from "./mask.ts";

const mostMasks = 500;
const mostBytes = 256 * 1024;
/** Of all forms of the values: the search takes some 25 bytes of memory for each. */
const mostFormBytes = 4 * 1024 * 1024;
/** Every `add` makes the search be set up anew, with all that was added before: some 0.1 s for each MiB, in which no job gets on. */
const mostWork = 64 * 1024 * 1024;

export interface AddedMasksOptions {
  readonly secrets: MaskSet;
  /** Writes down what a later start of the agent must hide, too. */
  readonly record: (values: readonly string[]) => Promise<void>;
  /** What the author should know; told once each. */
  readonly warn: (text: string) => void;
}

/**
 * The secrets of a job that its payload doesn't hold: what its own output has named, `::add-mask::VALUE`, and what the agent
 * learned on the way.
 */
export class AddedMasks {
  readonly #options: AddedMasksOptions;
  readonly #values: Set<string>;
  readonly #told = new Set<string>();
  #bytes = 0;
  #formBytes = 0;
  #work = 0;
  readonly #unrecorded: string[] = [];
  #recording: Promise<void> | null = null;

  /** @param earlier what an earlier run of the agent has written down */
  constructor(options: AddedMasksOptions, earlier: readonly string[] = []) {
    this.#options = options;
    this.#values = new Set(earlier);
    for (const value of earlier) options.secrets.add(value);
  }

  /** From here on they are hidden. */
  add(named: readonly string[]): void {
    const fresh = [...new Set(named.flatMap(spellings))].filter((value) => !this.#values.has(value));
    const taken = fresh.filter((value) => this.#admits(value));
    if (taken.length === 0) return;
    this.#work += this.#formBytes;
    this.#hide(taken);
    // Who waits for it hears of it.
    this.recorded.catch(() => {});
  }

  /** What the agent learned. Resolves when it is on record; hidden it is at once. */
  async learn(value: string): Promise<void> {
    if (isTooShortToHide(value) || this.#values.has(value)) return;
    this.#values.add(value);
    this.#hide([value]);
    await this.recorded;
  }

  /** Resolves when all that was added is on record. A record that failed is tried again. */
  get recorded(): Promise<void> {
    if (this.#unrecorded.length === 0) return Promise.resolve();
    this.#recording ??= this.#recordAll();
    return this.#recording;
  }

  #hide(values: readonly string[]): void {
    for (const value of values) this.#options.secrets.add(value);
    this.#unrecorded.push(...values);
  }

  async #recordAll(): Promise<void> {
    try {
      while (this.#unrecorded.length > 0) {
        const values = [...this.#unrecorded];
        await this.#options.record(values);
        this.#unrecorded.splice(0, values.length);
      }
    } finally {
      this.#recording = null;
    }
  }

  #admits(value: string): boolean {
    if (isTooShortToHide(value)) {
      this.#tell(`A value of ::add-mask:: has fewer than ${shortestSecret} characters and is not hidden`);
      return false;
    }
    if (this.#values.size >= mostMasks || this.#bytes + value.length > mostBytes) {
      this.#tell(`Only the first ${mostMasks} values of ::add-mask::, and of those ${mostBytes} bytes, are hidden`);
      return false;
    }
    const formBytes = this.#formBytes + this.#options.secrets.weightOf(value);
    if (formBytes > mostFormBytes || this.#work + formBytes > mostWork) {
      this.#tell("A value of ::add-mask:: is not hidden: with those before it the search would take too long");
      return false;
    }
    this.#values.add(value);
    this.#formBytes = formBytes;
    this.#bytes += value.length;
    return true;
  }

  #tell(text: string): void {
    if (this.#told.has(text)) return;
    this.#told.add(text);
    this.#options.warn(text);
  }
}

/** A value of several lines stands on one: `%0A` for a line break, `%0D`, and `%25` for the sign itself. */
function spellings(value: string): string[] {
  const decoded = value.replaceAll("%0D", "\r").replaceAll("%0A", "\n").replaceAll("%25", "%");
  return decoded === value ? [value] : [value, decoded];
}
