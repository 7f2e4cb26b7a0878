import { connect, createServer } from "node:net";
import type { DockerConfig } from "../config/schema.ts";
import { Daemons } from "../daemon/daemons.ts";
import { bridgeGateway } from "../docker/network.ts";

/** Where the embedded coordinator listens, and how containers call it. */
export interface CoordinatorAddresses {
  /** For `startCoordinator`. */
  readonly listen: readonly string[];
  /** The host that containers use; null: that of the first address. */
  readonly externalHost: string | null;
}

type Connection = Pick<DockerConfig, "host" | "tls_verify" | "tls_cert_path">;

/**
 * An address of this machine that containers of the daemon can reach. Of a daemon on this machine: the gateway of its
 * default bridge. Of one behind a virtual machine: every address, by Docker Desktop's name for the host. Of a remote
 * one: the address that this machine has towards it.
 */
export async function discoverListenAddresses(docker: Connection, signal: AbortSignal): Promise<CoordinatorAddresses> {
  const daemon = await new Daemons().get(docker, signal);
  if (daemon.address.kind === "tcp" && !isLoopback(daemon.address.host)) {
    return { listen: [`${bracket(await localAddressTowards(daemon.address, signal))}:0`], externalHost: null };
  }
  const gateway = await bridgeGateway(daemon.engine, signal);
  if (gateway !== null && (await isOwnAddress(gateway)))
    return { listen: [`${bracket(gateway)}:0`], externalHost: null };
  return { listen: ["0.0.0.0:0"], externalHost: "host.docker.internal" };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host.startsWith("127.");
}

/** Found out by listening there: a bridge without containers is down, and not among the system's interfaces then. */
function isOwnAddress(address: string): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(0, address, () => server.close(() => resolve(true)));
  });
}

function bracket(address: string): string {
  return address.includes(":") ? `[${address}]` : address;
}

function localAddressTowards(target: { host: string; port: number }, signal: AbortSignal): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: target.host, port: target.port, signal }, () => {
      const address = socket.localAddress ?? "0.0.0.0";
      socket.destroy();
      resolve(address);
    });
    socket.once("error", reject);
  });
}
