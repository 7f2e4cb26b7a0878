import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout } from "node:timers/promises";
import { type Answer, send } from "./answer.ts";
import type { Fault } from "./faults.ts";

/** Faults of an answer's body, after a status that was meant. */
export type BrokenBody = Extract<Fault, { readonly kind: "cut-answer" | "stall" | "endless" }>;

export function isBrokenBody(fault: Fault): fault is BrokenBody {
  return fault.kind === "cut-answer" || fault.kind === "stall" || fault.kind === "endless";
}

/** Resolves when the connection that the answer went out on is of no more use. */
export async function sendBroken(
  response: ServerResponse,
  answer: Answer,
  fault: BrokenBody,
  gone: AbortSignal,
): Promise<void> {
  // An answer that has no body has none to be broken.
  if (answer.status === 204) return send(response, answer);
  response.writeHead(answer.status, { "Content-Type": "application/json", ...answer.headers });
  response.flushHeaders();
  if (fault.kind === "endless") await pour(response, fault.everyMs ?? 0, gone);
  else await sendSome(response, answer, fault.bytes);
  if (fault.kind === "stall") await ended(gone);
  response.socket?.resetAndDestroy();
}

async function sendSome(response: ServerResponse, answer: Answer, bytes: number): Promise<void> {
  let left = bytes;
  const source = answer.stream ?? [Buffer.from(JSON.stringify(answer.json ?? ""))];
  for await (const chunk of source as AsyncIterable<Buffer>) {
    await new Promise((resolve) => response.write(chunk.subarray(0, left), resolve));
    left -= Math.min(left, chunk.length);
    if (left === 0) break;
  }
}

async function pour(response: ServerResponse, everyMs: number, gone: AbortSignal): Promise<void> {
  const chunk = everyMs > 0 ? Buffer.from(" ") : Buffer.alloc(64 * 1024, " ");
  while (!gone.aborted) {
    await setTimeout(everyMs, null, { signal: gone }).catch(() => undefined);
    if (!response.write(chunk)) await once(response, "drain", { signal: gone }).catch(() => undefined);
  }
}

/** Resolves when `signal` aborts. */
export function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
