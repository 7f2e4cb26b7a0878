import type { Duplex } from "node:stream";
import { call, quickCallMs } from "./call.ts";
import { demux, type StreamChunk } from "./demux.ts";
import type { Engine } from "./engine.ts";
import { DockerError, toDockerError } from "./errors.ts";

export interface ExecSpec {
  readonly command: readonly string[];
  /** `KEY=VALUE`, in addition to the container's. */
  readonly env: readonly string[];
  /** "" for the container's own. */
  readonly user: string;
  readonly workingDir: string;
}

const operation = "run a command in the container";

/** A command started in a running container. */
export interface Exec {
  readonly id: string;
  /** Frames for demux; written bytes are the command's stdin. */
  readonly stream: Duplex;
}

export async function startExec(engine: Engine, container: string, spec: ExecSpec, signal: AbortSignal): Promise<Exec> {
  return call(operation, signal, quickCallMs, async (abortSignal) => {
    const exec = await engine.getContainer(container).exec({
      Cmd: [...spec.command],
      Env: [...spec.env],
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: false,
      ...(spec.user === "" ? {} : { User: spec.user }),
      ...(spec.workingDir === "" ? {} : { WorkingDir: spec.workingDir }),
      abortSignal,
    });
    return { id: exec.id, stream: await startedIn(exec.start({ hijack: true, stdin: true }), abortSignal) };
  });
}

/** The stream outlives the limit of its start, so the client gets no signal: the wait is given up, and a stream that comes late is closed. */
async function startedIn(starting: Promise<Duplex>, signal: AbortSignal): Promise<Duplex> {
  const given = Promise.withResolvers<never>();
  const giveUp = () => given.reject(signal.reason as Error);
  signal.addEventListener("abort", giveUp, { once: true });
  try {
    return await Promise.race([starting, given.promise]);
  } catch (error) {
    starting.then(
      (stream) => stream.destroy(),
      () => {},
    );
    throw error;
  } finally {
    signal.removeEventListener("abort", giveUp);
  }
}

/**
 * Runs a command to its end: `input` on its stdin, every piece of output to `onOutput` (awaited, so a slow reader slows
 * the command). Returns the exit code. On abort the stream is cut and the signal's reason thrown; the command itself
 * goes on in the container until that is stopped.
 */
export async function runExec(
  engine: Engine,
  container: string,
  spec: ExecSpec,
  input: string,
  onOutput: (chunk: StreamChunk) => Promise<void>,
  signal: AbortSignal,
): Promise<number> {
  const { id, stream } = await startExec(engine, container, spec, signal);
  const cut = () => stream.destroy();
  signal.addEventListener("abort", cut, { once: true });
  if (signal.aborted) cut();
  try {
    stream.end(input);
    for await (const chunk of outputOf(stream)) await onOutput(chunk);
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    signal.removeEventListener("abort", cut);
  }
  signal.throwIfAborted();
  const result = await call("read a command's exit code", signal, quickCallMs, (abortSignal) =>
    engine.getExec(id).inspect({ abortSignal }),
  );
  if (result.Running === true) {
    const words = "the connection to the command was cut while it ran";
    throw new DockerError(operation, "connection-lost", words, 0);
  }
  return result.ExitCode ?? -1;
}

/** A connection that breaks is the daemon's failure, and told from what the reader of the output fails with. */
async function* outputOf(stream: Duplex): AsyncGenerator<StreamChunk> {
  try {
    yield* demux(stream);
  } catch (error) {
    throw toDockerError(operation, error);
  }
}
