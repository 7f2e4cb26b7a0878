import { inspectContainer, stopContainer } from "../docker/container.ts";
import type { Engine } from "../docker/engine.ts";
import { runExec } from "../docker/exec.ts";
import { storeCheckScript, storeEndScript, storeQuietScript } from "../script/layer-store.ts";
import { Limit } from "../support/limit.ts";

const bootLimitMs = 20_000;
const checkLimitMs = 30_000;
const quietLimitMs = 10_000;
/** Everything on the disk, and its size: both as fast as the disk is, with other jobs at work. */
const endLimitMs = 60_000;
const graceSeconds = 20;
/** What these commands have to say is short; the rest of what they print is left alone. */
const longestOutput = 4096;

/** Names the run of the kernel under the container; "" when it can't be found out. */
export async function readKernelBoot(engine: Engine, container: string, signal: AbortSignal): Promise<string> {
  try {
    const { output } = await run(engine, container, ["cat", "/proc/sys/kernel/random/boot_id"], bootLimitMs, signal);
    return /^[0-9a-f-]{36}$/m.exec(output)?.[0] ?? "";
  } catch {
    signal.throwIfAborted();
    return "";
  }
}

/**
 * Looks whether the layer store in `directory` of a daemon's container is whole, and takes away what earlier jobs left running
 * in it. Resolves to what is wrong with it, "" for nothing.
 *
 * @param images how many it must hold; null when that isn't known
 */
export async function checkStore(
  engine: Engine,
  container: string,
  directory: string,
  expected: { readonly clean: boolean; readonly images: number | null },
  signal: AbortSignal,
): Promise<string> {
  const words = [expected.clean ? "clean" : "unclean", String(expected.images ?? "")];
  const command = ["sh", "-c", storeCheckScript, directory, ...words];
  try {
    const { code, output } = await run(engine, container, command, checkLimitMs, signal);
    if (code === 0) return "";
    return /^broken (.+)$/m.exec(output)?.[1] ?? `its check ended with exit code ${code}`;
  } catch (error) {
    signal.throwIfAborted();
    return `its check failed: ${(error as Error).message}`;
  }
}

/** What is known of a store when its daemon has ended. */
export interface StoreEnd {
  /** All that was written is on the disk, and the daemon has shut down by itself. */
  readonly clean: boolean;
  readonly bytes: number | null;
  readonly images: number | null;
}

/** Ends a daemon so that its store stays whole. Never takes the container away; rejects only with `signal`. */
export async function endStore(
  engine: Engine,
  container: string,
  directory: string,
  signal: AbortSignal,
): Promise<StoreEnd> {
  const said = new Output();
  // What was said before it was cut, or before the container died, counts.
  await run(engine, container, ["sh", "-c", storeEndScript, directory], endLimitMs, signal, said).catch(() => {});
  signal.throwIfAborted();
  const number = (word: string) => {
    const digits = new RegExp(`^${word} (\\d+)$`, "m").exec(said.text)?.[1];
    return digits === undefined ? null : Number(digits);
  };
  const kilobytes = number("kilobytes");
  const ended = await stop(engine, container, signal);
  return {
    clean: ended && /^synced$/m.test(said.text),
    bytes: kilobytes === null ? null : kilobytes * 1024,
    images: number("images"),
  };
}

/** Nothing that the job started in its daemon goes on. As far as that can be done in a moment. */
export async function quietStore(engine: Engine, container: string, signal: AbortSignal): Promise<void> {
  await run(engine, container, ["sh", "-c", storeQuietScript], quietLimitMs, signal).catch(() => {});
}

/** True when the daemon ended in good order; a daemon that was killed ends with 137, one whose host went down with 255. */
async function stop(engine: Engine, container: string, signal: AbortSignal): Promise<boolean> {
  try {
    await stopContainer(engine, container, graceSeconds, signal);
    const { running, exitCode } = await inspectContainer(engine, container, signal);
    return !running && exitCode === 0;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/** The first bytes of what a command prints. */
class Output {
  text = "";

  add(bytes: Buffer): void {
    if (this.text.length < longestOutput) this.text += bytes.toString("utf8", 0, longestOutput);
  }
}

async function run(
  engine: Engine,
  container: string,
  command: readonly string[],
  limitMs: number,
  signal: AbortSignal,
  said = new Output(),
): Promise<{ readonly code: number; readonly output: string }> {
  const spec = { command, env: [], user: "", workingDir: "" };
  using limit = new Limit(limitMs, signal);
  const code = await runExec(
    engine,
    container,
    spec,
    "",
    async ({ source, bytes }) => {
      if (source === "stdout") said.add(bytes);
    },
    limit.signal,
  );
  return { code, output: said.text };
}
