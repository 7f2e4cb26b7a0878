import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { call } from "../../../src/docker/call.ts";
import type { Engine } from "../../../src/docker/engine.ts";
import { DockerError } from "../../../src/docker/errors.ts";
import { runExec } from "../../../src/docker/exec.ts";
import { AgentError } from "../../../src/support/errors.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const never = new AbortController().signal;

/** What a promise rejects with; "it went well" when it doesn't. */
const failureOf = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => "it went well",
    (error: unknown) => error,
  );

test("the limit of a call ends with the call: what it returned may last longer", async () => {
  let given: AbortSignal | null = null;
  await call("read", never, 60_000, async (signal) => {
    given = signal;
  });
  await vi.advanceTimersByTimeAsync(3_600_000);
  expect((given as AbortSignal | null)?.aborted).toBe(false);
});

test("a call that takes longer than its limit is a timeout, and one that is aborted gives the signal's reason", async () => {
  const hang = (signal: AbortSignal) =>
    new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(new Error("aborted"))));
  const late = failureOf(call("read", never, 1_000, hang));
  await vi.advanceTimersByTimeAsync(1_000);
  expect(await late).toMatchObject({ kind: "timeout" });
  const job = new AbortController();
  const cut = failureOf(call("read", job.signal, 1_000, hang));
  const reason = new Error("canceled");
  job.abort(reason);
  expect(await cut).toBe(reason);
});

test("an error of ours that broke a stream stays itself; the daemon's become DockerErrors", async () => {
  const unsafe = new AgentError("ARCHIVE_UNSAFE", "unsafe", { hint: "" });
  await expect(call("put", never, null, () => Promise.reject(unsafe))).rejects.toBe(unsafe);
  await expect(call("put", never, null, () => Promise.reject(new Error("x")))).rejects.toBeInstanceOf(DockerError);
});

test("an abort while the daemon hasn't answered the start of a command is heard", async () => {
  const exec = { id: "e", start: () => new Promise<never>(() => {}) };
  const engine = { getContainer: () => ({ exec: () => Promise.resolve(exec) }) } as unknown as Engine;
  const job = new AbortController();
  const spec = { command: ["sleep"], env: [], user: "", workingDir: "" };
  const run = failureOf(runExec(engine, "c", spec, "", async () => {}, job.signal));
  await vi.advanceTimersByTimeAsync(10);
  const reason = new Error("canceled");
  job.abort(reason);
  expect(await run).toBe(reason);
});
