import type { RunNode } from "../coordinator/embedded/pipeline-run.ts";
import type { EmbeddedCoordinator } from "../coordinator/embedded/server.ts";
import { LogLines, safeText } from "./exec-render.ts";
import { formatDuration, jobTable, type JobRow } from "./exec-table.ts";

export interface ScreenOptions {
  readonly coordinator: EmbeddedCoordinator;
  readonly print: (line: string) => void;
  readonly colours: boolean;
  /** Put the job's name before each line of its log. */
  readonly prefixes: boolean;
}

/** How long a complete line is held in case it goes on, in milliseconds. */
const holdMs = 150;

const prefixColours = ["36", "35", "33", "34", "32", "31"];

interface JobLog {
  readonly lines: LogLines;
  readonly prefix: string;
  /** Bytes of the log that were shown: a log that is sent again must not be shown again. */
  seen: number;
  timer: NodeJS.Timeout | null;
}

/** The pipeline on a terminal: each job's log as it comes, a line when a job starts and ends, a table at the end. */
export class PipelineScreen {
  readonly #options: ScreenOptions;
  readonly #logs = new Map<number, JobLog>();
  readonly #names = new Map<number, string>();

  constructor(options: ScreenOptions) {
    this.#options = options;
    options.coordinator.events.on("trace-appended", this.#onTrace);
  }

  /** To be called after every change of a job. */
  show(node: RunNode): void {
    const { handle, job, state } = node;
    if (handle === null) return;
    if (!this.#names.has(handle.id)) this.#names.set(handle.id, job.name);
    if (state === "running") return this.#line(`▶ ${job.name}`, "1");
    if (state !== "success" && state !== "failed" && state !== "canceled") return;
    this.#endLog(handle.id);
    const mark = state === "success" ? "✔" : "✘";
    const { durationMs, note } = rowOf(node);
    const time = durationMs === null ? "" : ` (${formatDuration(durationMs)})`;
    const why = note === "" ? "" : `: ${note}`;
    this.#line(`${mark} ${job.name} ${state}${why}${time}`, state === "success" ? "32;1" : "31;1");
  }

  /** Ends the logs that are open and prints the table. */
  finish(nodes: readonly RunNode[]): void {
    this.#options.coordinator.events.off("trace-appended", this.#onTrace);
    for (const id of this.#logs.keys()) this.#endLog(id);
    this.#options.print(jobTable(nodes.map(rowOf), this.#options.colours));
  }

  readonly #onTrace = ({ jobId, offset, bytes }: { jobId: number; offset: number; bytes: Buffer }): void => {
    const log = this.#logOf(jobId);
    const fresh = bytes.subarray(Math.max(0, log.seen - offset));
    log.seen = Math.max(log.seen, offset + bytes.length);
    this.#print(log, log.lines.push(fresh));
    if (log.timer !== null) clearTimeout(log.timer);
    log.timer = setTimeout(() => this.#print(log, log.lines.release()), holdMs);
  };

  #logOf(jobId: number): JobLog {
    const known = this.#logs.get(jobId);
    if (known !== undefined) return known;
    const { colours, prefixes } = this.#options;
    const name = safeText(this.#names.get(jobId) ?? `job ${jobId}`, false);
    const code = prefixColours[this.#logs.size % prefixColours.length] ?? "36";
    const prefix = !prefixes ? "" : colours ? `\x1b[${code}m${name} |\x1b[0m ` : `${name} | `;
    const log: JobLog = { lines: new LogLines({ colours }), prefix, seen: 0, timer: null };
    this.#logs.set(jobId, log);
    return log;
  }

  #endLog(jobId: number): void {
    const log = this.#logs.get(jobId);
    if (log === undefined) return;
    if (log.timer !== null) clearTimeout(log.timer);
    this.#print(log, log.lines.end());
  }

  #print(log: JobLog, lines: readonly string[]): void {
    for (const line of lines) this.#options.print(`${log.prefix}${line}`);
  }

  #line(text: string, code: string): void {
    const safe = safeText(text, false);
    this.#options.print(this.#options.colours ? `\x1b[${code}m${safe}\x1b[0m` : safe);
  }
}

function rowOf({ job, state, handle, forgiven, attempts }: RunNode): JobRow {
  const from = handle?.startedAt ?? null;
  const until = handle?.finishedAt ?? null;
  const exit = handle !== null && handle.exitCode !== 0 ? `, exit code ${handle.exitCode}` : "";
  const reason = handle?.state === "failed" ? `${handle.failureReason}${exit}` : "";
  const notes = [reason, forgiven ? "allowed to fail" : "", attempts > 1 ? `${attempts} attempts` : ""];
  return {
    stage: job.stage,
    name: job.name,
    state,
    durationMs: from === null || until === null ? null : until - from,
    note: notes.filter((note) => note !== "").join(", "),
  };
}
