import type { Evidence } from "../evidence.ts";

/** Where the client went. */
export interface ClientAddress {
  readonly kind: "unix" | "tcp";
  /** Host name or socket's path. */
  readonly host: string;
  /** 0 for a socket, and where nothing says it. */
  readonly port: number;
}

/** Where docker looks when nobody tells it. */
export const defaultSocket: ClientAddress = { kind: "unix", host: "/var/run/docker.sock", port: 0 };

/** docker-py's name for a socket, and what it says when there is no file. */
const socketOfPython = /http\+docker:\/\/|Error while fetching server API version: .{0,80}FileNotFoundError\(2/;

/** The address that a line names; null when it names none. */
export function addressIn(line: string): ClientAddress | null {
  const pool = /HTTPS?ConnectionPool\(host='([^']+)', port=(\d+)\)/.exec(line);
  if (pool !== null) return { kind: "tcp", host: pool[1] as string, port: Number(pool[2]) };
  const socket = /connect (?:ENOENT|EACCES|ECONNREFUSED) (\/\S+\.sock)/.exec(line);
  if (socket !== null) return { kind: "unix", host: socket[1] as string, port: 0 };
  if (socketOfPython.test(line)) return defaultSocket;
  const named = /(?:unix|tcp|https?):\/\/[^\s"']+/.exec(line)?.[0];
  return named === undefined ? null : parseAddress(named);
}

/** The address that a line names, or else the one that the job's docker is told; null when neither says it. */
export function addressOf(line: string, { client }: Evidence): ClientAddress | null {
  return addressIn(line) ?? parseAddress(client.host);
}

function parseAddress(text: string): ClientAddress | null {
  const socket = /^unix:\/\/(\/[^\s;:]*)/.exec(text) ?? /^https?:\/\/(%2F[^/]+)/i.exec(text);
  if (socket !== null) {
    const path = (socket[1] as string).replaceAll(/%2F/gi, "/").replace(/\.$/, "");
    return { kind: "unix", host: path, port: 0 };
  }
  const tcp = /^(?:tcp|https?):\/\/(\[[^\]]+\]|[^/:\s;]+)(?::(\d+))?/.exec(text);
  return tcp === null ? null : { kind: "tcp", host: tcp[1] as string, port: Number(tcp[2] ?? 0) };
}
