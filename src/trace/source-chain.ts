import type { ByteFilter } from "./byte-filter.ts";
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
  /** Sees what is masked, before it is stamped. */
  readonly tail?: Pick<OutputTail, "push"> | undefined;
}

/**
 * The way of one source's bytes before they meet those of the others: repair, hide, stamp. Masking comes before the
 * stamps, since a secret of several lines would be torn by them.
 */
export class SourceChain {
  readonly #filters: readonly ByteFilter[];
  readonly #stamper: TimestampFilter | null;
  readonly #tail: ChainOptions["tail"];

  constructor(source: TraceSource, options: ChainOptions) {
    this.#tail = options.tail;
    this.#stamper = options.now === null ? null : new TimestampFilter(source, options.now, options.stamperState);
    this.#filters = [new Utf8Filter(), new SecretMasker(options.secrets), urlParameterMasker(), options.tokenMasker()];
  }

  get stamperState(): StamperState | null {
    return this.#stamper?.state ?? null;
  }

  push(chunk: Buffer): Buffer {
    return this.#stamp(this.#mask(chunk));
  }

  /** Brings the filters to where they were after `chunk`, for bytes whose output is in the spool already. */
  replay(chunk: Buffer): void {
    this.#mask(chunk);
  }

  flush(): Buffer {
    const parts = this.#filters.map((filter, index) =>
      this.#filters.slice(index + 1).reduce((bytes, later) => later.push(bytes), filter.flush()),
    );
    const stamped = this.#stamp(Buffer.concat(parts));
    return this.#stamper === null ? stamped : Buffer.concat([stamped, this.#stamper.flush()]);
  }

  #mask(chunk: Buffer): Buffer {
    let bytes = chunk;
    for (const filter of this.#filters) {
      if (bytes.length === 0) break;
      bytes = filter.push(bytes);
    }
    return bytes;
  }

  #stamp(bytes: Buffer): Buffer {
    this.#tail?.push(bytes);
    return this.#stamper === null || bytes.length === 0 ? bytes : this.#stamper.push(bytes);
  }
}
