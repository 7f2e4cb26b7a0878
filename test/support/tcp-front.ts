import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";

/** A TCP address in front of a daemon's socket. */
export interface TcpFront extends AsyncDisposable {
  /** `tcp://HOST:PORT` */
  readonly address: string;
}

/** Passes every connection on to the socket at `path`, and the end of each direction for itself. */
export async function startTcpFront(host: string, path: string): Promise<TcpFront> {
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const daemon = connect({ path, allowHalfOpen: true });
    for (const [socket, other] of [
      [client, daemon],
      [daemon, client],
    ] as const) {
      open.add(socket);
      socket.on("close", () => open.delete(socket));
      socket.on("error", () => other.destroy());
    }
    client.pipe(daemon).pipe(client);
  });
  return listening(server, host, open);
}

/** Listens on a free port of `host`; disposing of it cuts the connections in `open`. */
export async function listening(server: Server, host: string, open: ReadonlySet<Socket>): Promise<TcpFront> {
  await new Promise<void>((resolve) => void server.listen(0, host, resolve));
  return {
    address: `tcp://${host}:${(server.address() as AddressInfo).port}`,
    [Symbol.asyncDispose]: async () => {
      for (const socket of open) socket.destroy();
      await new Promise((resolve) => void server.close(resolve));
    },
  };
}
