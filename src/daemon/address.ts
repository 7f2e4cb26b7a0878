import { AgentError } from "../support/errors.ts";

/** Where a Docker API answers. */
export type DaemonAddress =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly tls: boolean };

const plainPort = 2375;
const tlsPort = 2376;

/**
 * Reads a DOCKER_HOST style address: `unix:///path`, `tcp://host[:port]`, `http://…`, `https://…`. The port defaults to
 * 2375, or 2376 with TLS. Throws AgentError DAEMON_ADDRESS for anything else.
 */
export function parseDaemonAddress(text: string, tlsVerify: boolean): DaemonAddress {
  const unix = /^unix:\/\/(\/.+)$/.exec(text);
  if (unix) return { kind: "unix", path: unix[1] as string };
  const tcp = /^(tcp|http|https):\/\/(\[[0-9a-fA-F:.]+\]|[^/:@?#\\%[\]\s]+)(?::(\d{1,5}))?\/?$/.exec(text);
  if (tcp) {
    const tls = tlsVerify || tcp[1] === "https";
    const port = tcp[3] === undefined ? (tls ? tlsPort : plainPort) : Number(tcp[3]);
    if (port >= 1 && port <= 65535) return { kind: "tcp", host: (tcp[2] as string).replace(/^\[|\]$/g, ""), port, tls };
  }
  throw new AgentError("DAEMON_ADDRESS", `"${text}" is not the address of a Docker daemon`, {
    hint: "use unix:///var/run/docker.sock, tcp://HOST:2375 or, with tls_verify = true and tls_cert_path, tcp://HOST:2376",
    exitCode: 2,
  });
}

/** True where whoever answers runs on this machine. */
export function isOnThisHost(address: DaemonAddress): boolean {
  return address.kind === "unix" || /^(?:localhost|127(?:\.\d+){3}|::1)$/i.test(address.host);
}

/** The address as DOCKER_HOST wants it. */
export function formatDaemonAddress(address: DaemonAddress): string {
  if (address.kind === "unix") return `unix://${address.path}`;
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `tcp://${host}:${address.port}`;
}
