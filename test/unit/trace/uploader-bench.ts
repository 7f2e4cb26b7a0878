import { vi } from "vitest";
import { systemClock } from "../../../src/support/clock.ts";
import { TraceSpool } from "../../../src/trace/spool.ts";
import type { UploaderOptions } from "../../../src/trace/uploader.ts";
import { TraceUploader } from "../../../src/trace/uploader.ts";
import { MemoryFile } from "./memory-file.ts";
import { StrictJobApi } from "./strict-job-api.ts";

/** An uploader between a spool in memory and a strict coordinator, on fake time that starts at 0. */
export async function uploaderBench(options: Partial<UploaderOptions> = {}) {
  const api = new StrictJobApi();
  const file = new MemoryFile();
  const spool = await TraceSpool.open("", { openFile: () => Promise.resolve(file) });
  const told: string[] = [];
  const problems: string[] = [];
  const acknowledged: number[] = [];
  const uploader = new TraceUploader({
    api,
    spool,
    clock: systemClock,
    debugTrace: false,
    finalUpdateRetryLimit: 10,
    onAcknowledged: (offset) => acknowledged.push(offset),
    onCancel: () => told.push("cancel"),
    onAbort: () => told.push("abort"),
    onProblem: (message) => problems.push(message),
    ...options,
  });
  const print = (text: string | number) =>
    spool.append(typeof text === "number" ? Buffer.alloc(text, "x") : Buffer.from(text));
  return { api, file, spool, uploader, told, problems, acknowledged, print };
}

export const success = { state: "success", failureReason: "", exitCode: 0 } as const;

/** Lets `ms` of fake time pass, all that follows from it included. */
export async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
}

export function never(): { signal: AbortSignal } {
  return { signal: new AbortController().signal };
}
