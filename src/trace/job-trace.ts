import type { Clock } from "../support/clock.ts";
import type { ByteFilter } from "./byte-filter.ts";
import { AddedMasks } from "./added-masks.ts";
import { ansi } from "./ansi.ts";
import type { JobTraceOptions } from "./job-trace-options.ts";
import type { StreamPosition, TraceCheckpoint } from "./checkpoint.ts";
import { LimitedLog, type TailBeginning } from "./limited-log.ts";
import { OutputLimit } from "./limit.ts";
import { MaskSet } from "./mask.ts";
import { tokenMaskers } from "./mask-rules.ts";
import type { OutputTail } from "./output-tail.ts";
import { sectionEnd, sectionStart } from "./sections.ts";
import { SourceChain } from "./source-chain.ts";
import type { TraceSpool } from "./spool.ts";
import type { Trace, TraceSource } from "./trace.ts";

const sources: readonly TraceSource[] = ["executor", "stdout", "stderr", "service"];
const nothing: Readonly<Record<TraceSource, number>> = { executor: 0, stdout: 0, stderr: 0, service: 0 };
/** Writes of a job's streams that are smaller are gathered until there is this much, or the event loop turns. */
const gatherBytes = 32 * 1024;

/**
 * The log of one job: what every source writes goes through its own chain, then under the one limit, then into the
 * spool. A script that prints line by line comes as thousands of tiny writes a moment; they are gathered and take
 * that way together. Nothing is awaited on the way, so the order of the log is the order of the calls, and
 * `checkpoint` is exact at any moment.
 */
export class JobTrace implements Trace {
  readonly #clock: Clock;
  readonly #secrets: MaskSet;
  readonly #tokenMasker: () => ByteFilter;
  readonly #log: LimitedLog;
  readonly #added: AddedMasks;
  readonly #chains: Readonly<Record<TraceSource, SourceChain>>;
  readonly #sections: boolean;
  readonly #consumed: Record<TraceSource, number>;
  #flushed: Readonly<Record<TraceSource, number>>;
  /** True while a resumed job goes through what it has behind it: the log has the agent's own lines about that. */
  isRepeating = false;
  #services: Readonly<Record<string, StreamPosition>>;
  /** Names of the sections that are open, outermost first. */
  #open: readonly string[] = [];
  /** Always of one source. */
  #gathered: Buffer[] = [];
  #gatheredBytes = 0;
  #gatheredSource: TraceSource = "executor";

  constructor(options: JobTraceOptions) {
    this.#clock = options.clock;
    this.#secrets = new MaskSet(options.secrets);
    this.#added = new AddedMasks(
      {
        secrets: this.#secrets,
        record: options.recordMasks,
        // Not in the midst of the write that it is about.
        warn: (text) => setImmediate(() => void this.warning(text).catch(() => undefined)),
      },
      options.earlierMasks,
    );
    this.#log = new LimitedLog({
      spool: options.spool,
      limit: new OutputLimit(options.outputLimitKilobytes, options.spool.appendedSize),
      cut: () => ({ at: this.#seconds(), sections: this.#open }),
      ...(options.resumedTail === undefined ? {} : { resumed: options.resumedTail }),
    });
    this.#sections = options.sections;
    this.#consumed = { ...nothing, ...options.resume?.consumed };
    this.#flushed = { ...nothing, ...options.resume?.flushed };
    this.#services = options.resume?.services ?? {};
    const now = options.timestamps ? () => options.clock.now() : null;
    this.#tokenMasker = tokenMaskers(options.tokens);
    const chain = (source: TraceSource, tail?: OutputTail, isScript = false) =>
      new SourceChain(source, {
        tail,
        addMasks: isScript ? (values) => this.#added.add(values) : undefined,
        secrets: this.#secrets,
        tokenMasker: this.#tokenMasker,
        now,
        stamperState: options.resume?.stampers[source],
        heldBefore: options.resume?.held && (options.resume.held[source] ?? 0),
      });
    this.#chains = {
      executor: chain("executor"),
      stdout: chain("stdout", options.tail, true),
      stderr: chain("stderr", options.tail, true),
      service: chain("service"),
    };
  }

  async write(source: TraceSource, bytes: Uint8Array): Promise<void> {
    const room = this.#gatheredSource === source ? undefined : this.#settle();
    this.#gatheredSource = source;
    this.#gathered.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    this.#gatheredBytes += bytes.byteLength;
    if (source === "executor" || this.#gatheredBytes >= gatherBytes) await Promise.all([room, this.#settle()]);
    else {
      // What fails then fails again, and is told, at the next write or flush.
      if (this.#gathered.length === 1) setImmediate(() => void this.#settle().catch(() => undefined));
      await room;
    }
  }

  async flush(): Promise<void> {
    const appended = [this.#settle(), ...sources.map((source) => this.#append(this.#chains[source].flush()))];
    this.#flushed = { ...this.#consumed };
    await Promise.all(appended);
    await this.#log.drain();
  }

  /**
   * Whole lines of what a service printed.
   *
   * @param taken how far that brings the log in the output of its container
   */
  async writeService(container: string, lines: Uint8Array, taken: StreamPosition): Promise<void> {
    const written = [this.write("service", lines), this.#settle()];
    this.#services = { ...this.#services, [container]: taken };
    await Promise.all(written);
  }

  /** How far the log is in the output of a service, of which an earlier run of the agent may have taken some. */
  serviceTaken(container: string): StreamPosition {
    return this.#services[container] ?? { stdout: 0, stderr: 0 };
  }

  /** See LimitedLog. */
  get tailBeginning(): TailBeginning | null {
    return this.#log.beginning;
  }

  useTail(tail: TraceSpool): void {
    this.#log.useTail(tail);
  }

  /** The end of a log that exceeds its limit. To be called once, after the last flush, when it is known how the job ended. */
  close(): Promise<void> {
    return this.#log.close();
  }

  /** Resolves when the secrets that the script has named so far, and those that were learned, are on record. */
  get masksRecorded(): Promise<void> {
    return this.#added.recorded;
  }

  line(text: string): Promise<void> {
    return this.#own(`${ansi.clearLine}${text}${ansi.reset}\n`);
  }

  info(text: string): Promise<void> {
    return this.#own(`${ansi.boldGreen}${text}${ansi.reset}\n`);
  }

  heading(text: string): Promise<void> {
    return this.#own(`${ansi.clearLine}${ansi.boldCyan}${text}${ansi.reset}\n`);
  }

  warning(text: string): Promise<void> {
    return this.#own(`${ansi.yellow}WARNING: ${text}${ansi.reset}\n`);
  }

  error(text: string): Promise<void> {
    return this.#own(`${ansi.boldRed}ERROR: ${text}${ansi.reset}\n`);
  }

  async section<T>(name: string, body: () => Promise<T>): Promise<T> {
    if (!this.#sections) return body();
    await this.#own(sectionStart(name, this.#seconds()));
    return this.openSection(name, body);
  }

  async openSection<T>(name: string, body: () => Promise<T>): Promise<T> {
    if (!this.#sections) return body();
    const outer = this.#open;
    this.#open = [...outer, name];
    try {
      return await body();
    } finally {
      this.#open = outer;
      await this.#own(sectionEnd(name, this.#seconds()));
    }
  }

  addMask(value: string): void {
    this.#secrets.add(value);
  }

  learnSecret(value: string): Promise<void> {
    return this.#added.learn(value);
  }

  /** A text about the job without its secrets, for where it is told beside the log. */
  hide(text: string): string {
    const masker = this.lineMasker();
    return Buffer.concat([masker.push(Buffer.from(text)), masker.flush()]).toString();
  }

  /** For text that is cut before it gets here: hides secrets of the job that lie across the cuts. */
  lineMasker(): ByteFilter {
    return new SourceChain("executor", { secrets: this.#secrets, tokenMasker: this.#tokenMasker, now: null });
  }

  /** Where the log stands right now; what is still gathered is not counted. */
  checkpoint(): TraceCheckpoint {
    const states = sources.map((source) => [source, this.#chains[source].stamperState] as const);
    const held = sources.map((source) => [source, this.#chains[source].held] as const);
    return {
      ...this.#log.position,
      consumed: { ...this.#consumed },
      flushed: this.#flushed,
      held: Object.fromEntries(held.filter(([, bytes]) => bytes > 0)),
      ...(Object.keys(this.#services).length === 0 ? {} : { services: this.#services }),
      stampers: Object.fromEntries(states.flatMap(([source, state]) => (state === null ? [] : [[source, state]]))),
    };
  }

  consumed(source: TraceSource): number {
    return this.#consumed[source];
  }

  replay(source: TraceSource, from: number, bytes: Uint8Array): void {
    const start = Math.max(0, this.#flushed[source] - from);
    const end = Math.max(start, this.#consumed[source] - from);
    const needed = bytes.subarray(start, end);
    this.#chains[source].replay(Buffer.from(needed.buffer, needed.byteOffset, needed.byteLength));
  }

  #own(text: string): Promise<void> {
    if (this.isRepeating) return Promise.resolve();
    return this.write("executor", Buffer.from(text));
  }

  /** Sends what was gathered on its way. */
  #settle(): Promise<void> {
    if (this.#gathered.length === 0) return Promise.resolve();
    const chunk = this.#gathered.length === 1 ? (this.#gathered[0] as Buffer) : Buffer.concat(this.#gathered);
    this.#gathered = [];
    this.#gatheredBytes = 0;
    this.#consumed[this.#gatheredSource] += chunk.length;
    return this.#append(this.#chains[this.#gatheredSource].push(chunk));
  }

  #append(bytes: Buffer): Promise<void> {
    return this.#log.append(bytes);
  }

  #seconds(): number {
    return Math.floor(this.#clock.now() / 1000);
  }
}
