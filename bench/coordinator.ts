import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { CoordinatorDesk, DeskCall, DeskMessage } from "./coordinator-desk.ts";

/** A coordinator in a process of its own. */
export interface BenchCoordinator extends CoordinatorDesk, AsyncDisposable {
  readonly url: string;
}

const startLimitMs = 20_000;
const endLimitMs = 15_000;

/** Listens on `address`, which the job's containers must be able to reach. */
export async function startCoordinatorProcess(address: string, signal: AbortSignal): Promise<BenchCoordinator> {
  const child = fork(join(import.meta.dirname, "coordinator-process.ts"), [address], {
    serialization: "advanced",
    // A Ctrl-C on the terminal is for the bench, which ends it when it is no more needed.
    detached: true,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  try {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(startLimitMs)]);
    const [first] = (await once(child, "message", { signal: limit })) as [DeskMessage];
    if (first.kind !== "listening") throw new Error(`the coordinator's process began with "${first.kind}"`);
    return { url: first.url, ...deskOf(child, signal), [Symbol.asyncDispose]: () => end(child) };
  } catch (error) {
    await end(child);
    throw error;
  }
}

function deskOf(child: ChildProcess, signal: AbortSignal): CoordinatorDesk {
  const open = new Map<number, { resolve: (value: never) => void; reject: (error: Error) => void }>();
  const failAll = (error: Error) => {
    for (const { reject } of open.values()) reject(error);
    open.clear();
  };
  child.on("message", (message: DeskMessage) => {
    if (message.kind === "listening") return;
    const caller = open.get(message.call);
    open.delete(message.call);
    if (message.kind === "answer") caller?.resolve(message.value as never);
    else caller?.reject(new Error(message.message));
  });
  child.once("exit", (code, by) => failAll(new Error(`the coordinator's process ended (${by ?? code})`)));
  signal.addEventListener("abort", () => failAll(signal.reason as Error), { once: true });

  let calls = 0;
  function ask<Name extends keyof CoordinatorDesk>(name: Name): CoordinatorDesk[Name] {
    const asked = (...args: readonly unknown[]) =>
      new Promise<never>((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason as Error);
        const message: DeskCall = { call: ++calls, name, args };
        open.set(message.call, { resolve, reject });
        child.send(message, (error) => error && reject(error));
      });
    return asked as CoordinatorDesk[Name];
  }
  return {
    addRunner: ask("addRunner"),
    asked: ask("asked"),
    addJob: ask("addJob"),
    dependencyOn: ask("dependencyOn"),
    ended: ask("ended"),
    log: ask("log"),
    requests: ask("requests"),
    serveRepository: ask("serveRepository"),
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  const timer = setTimeout(() => child.kill("SIGKILL"), endLimitMs);
  if (child.connected) child.disconnect();
  else child.kill("SIGKILL");
  await ended;
  clearTimeout(timer);
}
