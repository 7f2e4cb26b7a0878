import type { Clock } from "../support/clock.ts";
import { diskPatienceMs } from "../support/disk-patience.ts";
import type { AgentError } from "../support/errors.ts";

export interface DiskTroubleOptions {
  /**
   * The disk takes nothing: told when that begins and, with `isOver`, when it was waited for long enough; null when it
   * takes all again.
   */
  readonly onTrouble: (trouble: { readonly error: AgentError; readonly isOver: boolean } | null) => void;
  /** How long those who write wait for a disk that takes nothing; default two minutes. */
  readonly patienceMs: number;
  readonly clock: Clock;
}

/** Whether a disk takes what is written, and how long it has not. */
export class DiskTrouble {
  readonly #options: Partial<DiskTroubleOptions> & Pick<DiskTroubleOptions, "clock">;
  #error: AgentError | null = null;
  #since = 0;
  #isOver = false;
  #over = Promise.withResolvers<void>();

  constructor(options: Partial<DiskTroubleOptions> & Pick<DiskTroubleOptions, "clock">) {
    this.#options = options;
  }

  /** What the last write failed with; null when it succeeded. */
  get error(): AgentError | null {
    return this.#error;
  }

  /** The disk was waited for long enough. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Resolves when it becomes so. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  failed(error: AgentError): void {
    const { clock, onTrouble, patienceMs = diskPatienceMs } = this.#options;
    const now = clock.monotonic();
    const isNew = this.#error === null;
    this.#error = error;
    if (isNew) {
      this.#since = now;
      onTrouble?.({ error, isOver: false });
    }
    if (this.#isOver || now - this.#since < patienceMs) return;
    this.#isOver = true;
    onTrouble?.({ error, isOver: true });
    this.#over.resolve();
  }

  recovered(): void {
    if (this.#error === null) return;
    this.#error = null;
    if (this.#isOver) this.#over = Promise.withResolvers();
    this.#isOver = false;
    this.#options.onTrouble?.(null);
  }
}
