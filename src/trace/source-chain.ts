import { type ByteFilter, noBytes } from "./byte-filter.ts";
import { type CommandedBytes, MaskCommands } from "./mask-commands.ts";
import type { MaskSet } from "./mask.ts";
import { SecretMasker } from "./mask.ts";
import { urlParameterMasker } from "./mask-rules.ts";
import type { OutputTail } from "./output-tail.ts";
import type { StamperState } from "./timestamps.ts";
import { TimestampFilter } from "./timestamps.ts";
import type { TraceSource } from "./trace.ts";
import { Utf8Filter } from "./utf8.ts";

export interface ChainOptions {
  readonly secrets: MaskSet;
  readonly tokenMasker: () => ByteFilter;
  /** null: no timestamps (FF_TIMESTAMPS off). */
  readonly now: (() => number) | null;
  readonly stamperState?: StamperState | undefined;
  /** `held` of the chain whose output `replay` goes through once more; a newer one may know more secrets. */
  readonly heldBefore?: number | undefined;
  /** Sees what is masked, before it is stamped. */
  readonly tail?: Pick<OutputTail, "push"> | undefined;
  /** Takes the secrets that the source names (`::add-mask::`); default: it names none. */
  readonly addMasks?: ((values: readonly string[]) => void) | undefined;
}

/**
 * The way of one source's bytes before they meet those of the others: repair, hide, stamp. Masking comes before the
 * stamps, since a secret of several lines would be torn by them.
 */
export class SourceChain {
  readonly #utf8 = new Utf8Filter();
  readonly #commands: MaskCommands | null;
  readonly #addMasks: (values: readonly string[]) => void;
  readonly #secrets: SecretMasker;
  readonly #maskers: readonly ByteFilter[];
  /** Until something comes that is not in the log yet. */
  #heldBefore: number | null;
  readonly #stamper: TimestampFilter | null;
  readonly #tail: ChainOptions["tail"];

  constructor(source: TraceSource, options: ChainOptions) {
    this.#tail = options.tail;
    this.#stamper = options.now === null ? null : new TimestampFilter(source, options.now, options.stamperState);
    this.#commands = options.addMasks === undefined ? null : new MaskCommands();
    this.#addMasks = options.addMasks ?? (() => {});
    this.#secrets = new SecretMasker(options.secrets);
    this.#maskers = [this.#secrets, urlParameterMasker(), options.tokenMasker()];
    this.#heldBefore = options.heldBefore ?? null;
  }

  get stamperState(): StamperState | null {
    return this.#stamper?.state ?? null;
  }

  /** How much of what was pushed is held back since it may be the beginning of a secret. */
  get held(): number {
    return this.#secrets.held;
  }

  push(chunk: Buffer): Buffer {
    this.#endReplay();
    return this.#stamp(this.#mask(chunk));
  }

  /** Brings the filters to where they were after `chunk`, for bytes whose output is in the spool already. */
  replay(chunk: Buffer): void {
    this.#mask(chunk);
  }

  flush(): Buffer {
    this.#endReplay();
    const last = this.#obey(this.#utf8.flush());
    const held = this.#commands?.flush();
    const rest = held === undefined ? noBytes : this.#hide(held);
    const parts = this.#maskers.map((masker, index) => hide(this.#maskers.slice(index + 1), masker.flush()));
    const stamped = this.#stamp(Buffer.concat([last, rest, ...parts]));
    return this.#stamper === null ? stamped : Buffer.concat([stamped, this.#stamper.flush()]);
  }

  #endReplay(): void {
    // Those behind it had it, and may hold the beginning of a token.
    if (this.#heldBefore !== null) hide(this.#maskers.slice(1), this.#secrets.keepHeld(this.#heldBefore));
    this.#heldBefore = null;
  }

  #mask(chunk: Buffer): Buffer {
    return this.#obey(this.#utf8.push(chunk));
  }

  /** What the source names a secret is hidden from there on, however its bytes are cut. */
  #obey(bytes: Buffer): Buffer {
    if (this.#commands === null || bytes.length === 0) return hide(this.#maskers, bytes);
    const parts = this.#commands.push(bytes).map((piece) => this.#hide(piece));
    return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts);
  }

  #hide({ bytes, masks }: CommandedBytes): Buffer {
    const hidden = hide(this.#maskers, bytes);
    if (masks.length > 0) this.#addMasks(masks);
    return hidden;
  }

  #stamp(bytes: Buffer): Buffer {
    this.#tail?.push(bytes);
    return this.#stamper === null || bytes.length === 0 ? bytes : this.#stamper.push(bytes);
  }
}

function hide(maskers: readonly ByteFilter[], bytes: Buffer): Buffer {
  return maskers.reduce((rest, masker) => (rest.length === 0 ? rest : masker.push(rest)), bytes);
}
