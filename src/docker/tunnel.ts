import { Duplex } from "node:stream";
import { demux } from "./demux.ts";
import type { Engine } from "./engine.ts";
import { startExec } from "./exec.ts";

/** Connects to HOST PORT with what the image has: bash's own sockets, or nc. Exit code 127 when it has neither. */
const connectScript = `
if command -v nc >/dev/null 2>&1 && ! command -v bash >/dev/null 2>&1; then exec nc "$0" "$1"; fi
command -v bash >/dev/null 2>&1 || exit 127
exec bash -c 'exec 3<>"/dev/tcp/$0/$1" || exit 1; cat <&3 & reader=$!; cat >&3; kill $reader 2>/dev/null; wait' "$0" "$1"
`;

/**
 * A TCP connection from inside a running container, as a stream: what can be reached there is found out from where
 * the job will be, however far away the daemon is. Destroying the stream ends the connection.
 */
export async function openTunnel(
  engine: Engine,
  container: string,
  host: string,
  port: number,
  signal: AbortSignal,
): Promise<Duplex> {
  const command = ["sh", "-c", connectScript, host, String(port)];
  const { stream } = await startExec(engine, container, { command, env: [], user: "", workingDir: "" }, signal);
  return new Tunnel(stream);
}

/** The standard streams of a command as one connection. */
class Tunnel extends Duplex {
  readonly #stream: Duplex;
  #wanted = Promise.withResolvers<void>();

  constructor(stream: Duplex) {
    super();
    this.#stream = stream;
    // Whoever uses the connection hears of errors through it.
    stream.on("error", () => {});
    this.on("error", () => {});
    this.#pump().then(
      () => this.push(null),
      (error: Error) => this.destroy(error),
    );
  }

  override _read(): void {
    this.#wanted.resolve();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    this.#stream.write(chunk, callback);
  }

  override _final(callback: (error?: Error | null) => void): void {
    this.#stream.end(callback);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#stream.destroy();
    this.#wanted.resolve();
    callback(error);
  }

  async #pump(): Promise<void> {
    for await (const { source, bytes } of demux(this.#stream)) {
      if (source !== "stdout" || this.push(bytes)) continue;
      this.#wanted = Promise.withResolvers();
      await this.#wanted.promise;
    }
  }
}
