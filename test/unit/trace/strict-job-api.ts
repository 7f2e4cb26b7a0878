import { crc32 } from "node:zlib";
import type {
  JobAnswer,
  JobApi,
  JobSignal,
  JobUpdate,
  PatchTraceAnswer,
  UpdateJobAnswer,
} from "../../../src/coordinator/job-api.ts";

export type PatchFault =
  "5xx" | "hang" | "lost-answer" | "lost-request" | "not-found" | "forbidden" | { readonly claims: number };
export type UpdateFault =
  "5xx" | "hang" | "lost-answer" | "not-completed" | "not-found" | "forbidden" | "trace-rejected";

/**
 * A coordinator as strict as protocol section 12 wants it: it takes only the next byte, and only a final state whose
 * size and checksum are those of the log that it holds. The next calls can be made to go wrong.
 */
export class StrictJobApi implements JobApi {
  stored: Buffer = Buffer.alloc(0);
  signal: JobSignal = "none";
  intervalMs: number | null = null;
  readonly patchFaults: PatchFault[] = [];
  readonly updateFaults: UpdateFault[] = [];
  readonly patches: {
    readonly at: number;
    readonly offset: number;
    readonly length: number;
    readonly debugTrace: boolean;
  }[] = [];
  readonly updates: (JobUpdate & { readonly at: number })[] = [];
  accepted: JobUpdate | null = null;

  async patchTrace(
    offset: number,
    bytes: Uint8Array,
    debugTrace: boolean,
    signal: AbortSignal,
  ): Promise<PatchTraceAnswer> {
    signal.throwIfAborted();
    if (bytes.length === 0 || bytes.length > 1024 * 1024) throw new Error(`a PATCH of ${bytes.length} bytes`);
    this.patches.push({ at: Date.now(), offset, length: bytes.length, debugTrace });
    const fault = this.patchFaults.shift();
    if (fault === "hang") return hang(signal);
    if (fault === "5xx" || fault === "lost-request") return { ...this.#answer(), kind: "failed", reason: "503" };
    if (fault === "not-found") return { ...this.#answer(), kind: "not-found" };
    if (fault === "forbidden") return { ...this.#answer("abort"), kind: "failed", reason: "403" };
    if (typeof fault === "object") return { ...this.#answer(), kind: "range-mismatch", size: fault.claims };
    if (offset !== this.stored.length) return { ...this.#answer(), kind: "range-mismatch", size: this.stored.length };
    this.stored = Buffer.concat([this.stored, bytes]);
    if (fault === "lost-answer") return { ...this.#answer(), kind: "failed", reason: "socket hang up" };
    return { ...this.#answer(), kind: "accepted" };
  }

  async updateJob(update: JobUpdate, signal: AbortSignal): Promise<UpdateJobAnswer> {
    signal.throwIfAborted();
    this.updates.push({ ...update, at: Date.now() });
    const fault = this.updateFaults.shift();
    if (fault === "hang") return hang(signal);
    if (fault === "5xx") return { ...this.#answer(), kind: "failed", reason: "503" };
    if (fault === "forbidden") return { ...this.#answer("abort"), kind: "failed", reason: "403" };
    if (fault === "not-completed" || fault === "not-found") return { ...this.#answer(), kind: fault };
    if (update.state === "running") return { ...this.#answer(), kind: "accepted" };
    const checksum = `crc32:${crc32(this.stored).toString(16).padStart(8, "0")}`;
    const whole = update.output?.bytesize === this.stored.length && update.output.checksum === checksum;
    if (fault === "trace-rejected" || !whole) return { ...this.#answer(), kind: "trace-rejected" };
    this.accepted = update;
    if (fault === "lost-answer") return { ...this.#answer(), kind: "failed", reason: "socket hang up" };
    return { ...this.#answer(), kind: "accepted" };
  }

  #answer(signal: JobSignal = this.signal): JobAnswer {
    return { signal, updateIntervalMs: this.intervalMs };
  }
}

function hang(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason as Error), { once: true });
  });
}
