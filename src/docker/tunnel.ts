import { Duplex, PassThrough } from "node:stream";
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
  stream.on("error", () => {});
  const incoming = new PassThrough();
  const outgoing = new PassThrough();
  outgoing.pipe(stream);
  const pump = async () => {
    for await (const { source, bytes } of demux(stream)) {
      if (source === "stdout" && !incoming.write(bytes)) await new Promise((resolve) => incoming.once("drain", resolve));
    }
  };
  pump().then(
    () => incoming.end(),
    (error: Error) => incoming.destroy(error),
  );
  const tunnel = Duplex.from({ readable: incoming, writable: outgoing });
  tunnel.on("error", () => {});
  tunnel.on("close", () => stream.destroy());
  return tunnel;
}
