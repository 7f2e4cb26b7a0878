import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";

export interface ServerCertificate {
  readonly cert: string;
  readonly key: string;
}

/** What stands before a coordinator, as a load balancer does. */
export interface CoordinatorFront extends AsyncDisposable {
  /** By the name `localhost`. */
  readonly url: string;
  /** Cuts all connections; from then on new ones are refused. */
  refuse(): void;
  /** Cuts all connections; from then on new ones are taken and nothing is said. */
  mute(): void;
  /** Cuts all connections; from then on this certificate is shown. */
  present(certificate: ServerCertificate): void;
  /** As at the start. */
  open(): void;
}

/** Passes connections on to the coordinator at `url`; speaks TLS where it is given a certificate. */
export async function startFront(url: string, certificate?: ServerCertificate): Promise<CoordinatorFront> {
  const { port: target, hostname } = new URL(url);
  const open = new Set<Socket>();
  let isMute = false;
  const take = (client: Socket) => {
    open.add(client);
    client.on("close", () => open.delete(client)).on("error", () => client.destroy());
    if (isMute) return;
    const server = connect(Number(target), hostname);
    server.on("error", () => client.destroy()).on("close", () => client.destroy());
    client.on("close", () => server.destroy());
    client.pipe(server).pipe(client);
  };
  const secure = certificate === undefined ? null : createTlsServer(certificate, take);
  // Below TLS: a client that refuses the certificate leaves no TLS connection, but one that is to be cut.
  secure?.on("connection", (socket) => void open.add(socket.once("close", () => open.delete(socket))));
  secure?.on("tlsClientError", () => {});
  const server: Server = secure ?? createServer(take);
  const listen = (port: number) => new Promise<void>((resolve) => void server.listen(port, "127.0.0.1", resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  const cut = () => {
    for (const socket of open) socket.destroy();
  };
  return {
    url: `${secure === null ? "http" : "https"}://${secure === null ? "127.0.0.1" : "localhost"}:${port}`,
    refuse: () => {
      server.close();
      cut();
    },
    mute: () => {
      isMute = true;
      cut();
    },
    present: (other) => {
      secure?.setSecureContext(other);
      cut();
    },
    open: () => {
      isMute = false;
      if (certificate !== undefined) secure?.setSecureContext(certificate);
      cut();
      if (!server.listening) void listen(port);
    },
    [Symbol.asyncDispose]: async () => {
      cut();
      if (server.listening) await new Promise((resolve) => void server.close(resolve));
    },
  };
}
