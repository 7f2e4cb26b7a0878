import type { Readable } from "node:stream";
import { followLog } from "../docker/container.ts";
import { demux, type StreamChunk } from "../docker/demux.ts";
import type { Engine } from "../docker/engine.ts";
import type { RunBeginning } from "../journal/events.ts";
import type { EndMark } from "../script/end-mark.ts";
import type { Trace } from "../trace/trace.ts";
import { EndWatch } from "./end-watch.ts";

type Stream = StreamChunk["source"];

const streams = ["stdout", "stderr"] as const;
const newline = 0x0a;
const nothing = Buffer.alloc(0);
/** No shell says more about a script that was cut off. */
const mostEarlyBytes = 64 * 1024;

/** In positions of the daemon's copy. */
interface Replay {
  /** What the trace's counters are ahead of the positions. */
  readonly ahead: Readonly<Record<Stream, number>>;
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
  readonly #seen: Record<Stream, number> = { stdout: 0, stderr: 0 };
  /** The last line has no end yet. */
  readonly #isOpen: Record<Stream, boolean> = { stdout: false, stderr: false };
  /** What an earlier run of the agent took, and the trace's filters must see once more. */
  #replay: Replay | null = null;
  /** Of the current run, until that is over. */
  #end: EndWatch | null = null;
  #began = false;
  #early: Buffer[] = [];

  constructor(engine: Engine, id: string, trace: Trace) {
    this.#engine = engine;
    this.#id = id;
    this.#trace = trace;
  }

  /** False as long as the current run has printed nothing on stdout: every script begins with an echo there. */
  get began(): boolean {
    return this.#began;
  }

  /** True when all of the current run's output was taken: its script has said that it is over. */
  get isWhole(): boolean {
    return this.#end?.isOver ?? false;
  }

  /** For the journal. @param mark what the run's script will say at its end */
  beginRun(mark: EndMark): RunBeginning {
    this.#began = false;
    this.#end = new EndWatch(mark);
    const trace = { stdout: this.#trace.consumed("stdout"), stderr: this.#trace.consumed("stderr") };
    return { trace, log: { ...this.#seen }, mark: mark.id };
  }

  /** The daemon's copy ends every run's output with the end of a line. */
  async endRun(): Promise<void> {
    await this.#settle();
    for (const stream of streams) {
      await this.#write(stream, this.#end?.rest(stream) ?? nothing);
      if (this.#isOpen[stream]) this.#seen[stream]++;
      this.#isOpen[stream] = false;
    }
    this.#end = null;
  }

  /** Takes the output of the current run as it comes. */
  async copy(stream: Readable): Promise<void> {
    for await (const { source, bytes } of demux(stream)) await this.#takeOnceBegun(source, bytes);
  }

  /** Goes on in the middle of a run of which an earlier run of the agent has written down how it begins. */
  resumeRun({ trace, log, mark }: RunBeginning): void {
    this.#end = new EndWatch({ id: mark });
    const read = (stream: Stream) => Math.max(0, this.#trace.consumed(stream) - trace[stream]);
    for (const stream of streams) this.#seen[stream] = log[stream] + read(stream);
    const ahead = { stdout: trace.stdout - log.stdout, stderr: trace.stderr - log.stderr };
    this.#replay = { ahead, done: { stdout: 0, stderr: 0 }, until: { ...this.#seen } };
    this.#began = read("stdout") > 0;
  }

  /** Counts all that the container has printed as seen: the log has what belongs there. */
  async skipAll(signal: AbortSignal): Promise<void> {
    const seen = { stdout: 0, stderr: 0 };
    const log = await followLog(this.#engine, this.#id, signal);
    for await (const { source, bytes } of demux(log)) seen[source] += bytes.length;
    Object.assign(this.#seen, seen);
    this.#early = [];
    this.#end = null;
  }

  /** Takes what the daemon's copy has beyond what is seen, until the current run ends or the connection is cut. */
  async follow(signal: AbortSignal): Promise<void> {
    const at = { stdout: 0, stderr: 0 };
    const seen = { ...this.#seen };
    for await (const { source, bytes } of demux(await followLog(this.#engine, this.#id, signal))) {
      const known = bytes.subarray(0, Math.max(0, seen[source] - at[source]));
      this.#showAgain(source, at[source], known);
      at[source] += bytes.length;
      if (known.length < bytes.length) await this.#takeOnceBegun(source, bytes.subarray(known.length));
    }
  }

  /** Lets go of what waited for the script's first words. */
  async #settle(): Promise<void> {
    const early = this.#early;
    this.#early = [];
    for (const bytes of early) await this.#pass("stderr", bytes);
  }

  #showAgain(source: Stream, position: number, known: Buffer): void {
    if (this.#replay === null) return;
    const { ahead, done, until } = this.#replay;
    const from = Math.max(position, done[source]);
    const to = Math.min(position + known.length, until[source]);
    if (from >= to) return;
    this.#trace.replay(source, ahead[source] + from, known.subarray(from - position, to - position));
    done[source] = to;
  }

  /** A shell whose script was cut off says so on stderr: of a run that never began nothing belongs to the log. */
  async #takeOnceBegun(source: Stream, bytes: Buffer): Promise<void> {
    if (!this.#began && source === "stderr" && this.#earlyBytes() + bytes.length <= mostEarlyBytes) {
      this.#early.push(Buffer.from(bytes));
      this.#seen.stderr += bytes.length;
      return;
    }
    await this.#settle();
    this.#seen[source] += bytes.length;
    await this.#pass(source, bytes);
  }

  #earlyBytes(): number {
    return this.#early.reduce((sum, bytes) => sum + bytes.length, 0);
  }

  async #pass(source: Stream, bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    this.#isOpen[source] = bytes.at(-1) !== newline;
    await this.#write(source, this.#end?.push(source, bytes) ?? bytes);
  }

  async #write(source: Stream, bytes: Buffer): Promise<void> {
    if (bytes.length === 0) return;
    if (source === "stdout") this.#began = true;
    await this.#trace.write(source, bytes);
  }
}
