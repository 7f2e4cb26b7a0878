import type { Readable } from "node:stream";
import { demux, type StreamChunk } from "../docker/demux.ts";
import type { Engine } from "../docker/engine.ts";
import { followLog } from "../docker/stamped-log.ts";
import type { RunBeginning } from "../journal/events.ts";
import type { ScriptMark } from "../script/script-marks.ts";
import type { Trace } from "../trace/trace.ts";
import { ScriptWatch } from "./script-watch.ts";

type Stream = StreamChunk["source"];

const streams = ["stdout", "stderr"] as const;
const newline = 0x0a;
const nothing = Buffer.alloc(0);
/** No shell says more about a script that was cut off. */
const mostEarlyBytes = 64 * 1024;

/** What an earlier run of the agent took of the current run, and the trace's filters must see once more: positions without marks. */
interface Replay {
  /** In the trace's counters. */
  readonly from: Readonly<Record<Stream, number>>;
  readonly done: Record<Stream, number>;
  readonly until: Readonly<Record<Stream, number>>;
}

/**
 * How much of a container's output is in the job's log, over all its runs, counted as the daemon's own copy of it
 * counts: so that after a cut, of the connection or of the agent's life, the log goes on from that copy with the byte
 * that comes next.
 */
export class ContainerOutput {
  readonly #engine: Engine;
  readonly #id: string;
  readonly #trace: Trace;
  readonly #onBegan: () => Promise<void>;
  /** Bytes of the daemon's copy. */
  readonly #seen: Record<Stream, number> = { stdout: 0, stderr: 0 };
  /** The last line has no end yet. */
  readonly #isOpen: Record<Stream, boolean> = { stdout: false, stderr: false };
  #replay: Replay | null = null;
  /** Of the current run, until that is over. */
  #watch: ScriptWatch | null = null;
  #began = false;
  #holdsBack = false;
  /** Of standard error, without marks. */
  #early: Buffer[] = [];

  /** @param onBegan when the shell begins with the script of the current run */
  constructor(engine: Engine, id: string, trace: Trace, onBegan: () => Promise<void>) {
    this.#engine = engine;
    this.#id = id;
    this.#trace = trace;
    this.#onBegan = onBegan;
  }

  /** True when the shell has begun with the script of the current run; only a whole script can begin. */
  get began(): boolean {
    return this.#began;
  }

  /** True when the shell is there that is to read the script of the current run. */
  get isAtShell(): boolean {
    return this.#watch?.isAtShell ?? false;
  }

  /** True when all of the current run's output was taken: its script has said that it is over. */
  get isWhole(): boolean {
    return this.#watch?.isOver ?? false;
  }

  /**
   * For the journal.
   *
   * @param mark what the run's script will say
   * @param holdsBack nothing but a shell that has no script speaks before the script does: it waits until that is known
   */
  beginRun(mark: ScriptMark, holdsBack: boolean): RunBeginning {
    this.#began = false;
    this.#holdsBack = holdsBack;
    this.#watch = new ScriptWatch(mark);
    const trace = { stdout: this.#trace.consumed("stdout"), stderr: this.#trace.consumed("stderr") };
    return { trace, log: { ...this.#seen }, mark: mark.id };
  }

  /** `followLog` begins what follows a run on a new line. */
  async endRun(): Promise<void> {
    await this.settle();
    for (const stream of streams) {
      await this.#write(stream, this.#watch?.rest(stream) ?? nothing);
      if (this.#isOpen[stream]) this.#seen[stream]++;
      this.#isOpen[stream] = false;
    }
    this.#watch = null;
  }

  /** Takes the output of the current run as it comes. */
  async copy(stream: Readable): Promise<void> {
    for await (const { source, bytes } of demux(stream)) await this.#take(source, bytes);
  }

  /** Goes on in the middle of a run of which an earlier run of the agent has written down how it begins. */
  resumeRun({ trace, log, mark }: RunBeginning, began: boolean, holdsBack: boolean): void {
    this.#watch = new ScriptWatch({ id: mark });
    this.#began = began;
    this.#holdsBack = holdsBack;
    Object.assign(this.#seen, log);
    const taken = (stream: Stream) => Math.max(0, this.#trace.consumed(stream) - trace[stream]);
    const until = { stdout: taken("stdout"), stderr: taken("stderr") };
    this.#replay = { from: trace, done: { stdout: 0, stderr: 0 }, until };
  }

  /** Counts all that the container has printed as seen: the log has what belongs there. */
  async skipAll(signal: AbortSignal): Promise<void> {
    const seen = { stdout: 0, stderr: 0 };
    const isOpen = { stdout: false, stderr: false };
    for await (const { source, bytes } of await followLog(this.#engine, this.#id, signal)) {
      seen[source] += bytes.length;
      isOpen[source] = bytes.at(-1) !== newline;
    }
    for (const stream of streams) {
      this.#seen[stream] = seen[stream] + (isOpen[stream] ? 1 : 0);
      this.#isOpen[stream] = false;
    }
    this.#early = [];
    this.#watch = null;
    this.#replay = null;
  }

  /**
   * Takes what the daemon's copy has beyond what is seen, until the current run ends or the connection is cut.
   *
   * @param onBytes whenever something comes, be it known already
   */
  async follow(signal: AbortSignal, onBytes: () => void): Promise<void> {
    const at = { stdout: 0, stderr: 0 };
    const log = await followLog(this.#engine, this.#id, signal);
    onBytes();
    for await (const { source, bytes } of log) {
      onBytes();
      const fresh = bytes.subarray(Math.min(bytes.length, Math.max(0, this.#seen[source] - at[source])));
      at[source] += bytes.length;
      if (fresh.length > 0) await this.#take(source, fresh);
    }
  }

  /** Lets go of what waited for the script's first words. */
  async settle(): Promise<void> {
    const early = this.#early;
    this.#early = [];
    for (const bytes of early) await this.#show("stderr", bytes);
  }

  async #take(source: Stream, bytes: Buffer): Promise<void> {
    this.#seen[source] += bytes.length;
    this.#isOpen[source] = bytes.at(-1) !== newline;
    const isEarly = this.#holdsBack && source === "stderr";
    const visible = this.#watch?.push(source, bytes) ?? bytes;
    this.#holdsBack ||= this.isAtShell;
    if (this.#watch?.hasBegun === true && !this.#began) {
      this.#began = true;
      await this.#onBegan();
      await this.settle();
    }
    const mayWait = isEarly && !this.#began && this.#earlyBytes() + visible.length <= mostEarlyBytes;
    if (mayWait) return void this.#early.push(Buffer.from(visible));
    if (source === "stderr") await this.settle();
    await this.#show(source, visible);
  }

  async #show(source: Stream, bytes: Buffer): Promise<void> {
    await this.#write(source, this.#showAgain(source, bytes));
  }

  /** Returns what no earlier run of the agent has taken. */
  #showAgain(source: Stream, bytes: Buffer): Buffer {
    if (this.#replay === null) return bytes;
    const { from, done, until } = this.#replay;
    const known = bytes.subarray(0, Math.max(0, until[source] - done[source]));
    if (known.length > 0) this.#trace.replay(source, from[source] + done[source], known);
    done[source] += known.length;
    return bytes.subarray(known.length);
  }

  #earlyBytes(): number {
    return this.#early.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  async #write(source: Stream, bytes: Buffer): Promise<void> {
    if (bytes.length > 0) await this.#trace.write(source, bytes);
  }
}
