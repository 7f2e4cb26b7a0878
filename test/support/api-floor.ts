import { createServer, type IncomingMessage, request } from "node:http";
import { connect, type Socket } from "node:net";
import { listening, type TcpFront } from "./tcp-front.ts";

const newest = "1.52";
const spoken = "1.41";

/** A front that turns clients away as a newer daemon does: speaks API `floor` (`1.44`) to 1.52, as Docker 29 does, and hands it on as 1.41. */
export async function startApiFloor(host: string, socketPath: string, floor: string): Promise<TcpFront> {
  const open = new Set<Socket>();
  const server = createServer((incoming, answer) => {
    const path = pathFor(incoming, floor);
    if (path === null) {
      answer.writeHead(400, { "content-type": "application/json" });
      answer.end(JSON.stringify({ message: refusal(incoming, floor) }));
      return;
    }
    const isVersion = path.endsWith("/version");
    const inner = request({ socketPath, method: incoming.method, path, headers: incoming.headers }, (response) => {
      const headers = { ...response.headers, "api-version": newest };
      if (!isVersion) {
        answer.writeHead(response.statusCode ?? 500, headers);
        // Who waits for a container must hear at once that the wait has begun.
        answer.flushHeaders();
        response.pipe(answer);
        return;
      }
      let text = "";
      response.setEncoding("utf8").on("data", (piece: string) => (text += piece));
      response.on("end", () => {
        const body = JSON.stringify({ ...(JSON.parse(text) as object), ApiVersion: newest, MinAPIVersion: floor });
        answer.writeHead(200, { "content-type": "application/json", "api-version": newest });
        answer.end(body);
      });
    });
    inner.on("error", () => answer.destroy());
    incoming.pipe(inner);
  });
  server.on("connection", (socket) => {
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
  });
  server.on("upgrade", (incoming, client: Socket, head) => {
    const daemon = connect({ path: socketPath, allowHalfOpen: true });
    daemon.on("error", () => client.destroy());
    client.on("error", () => daemon.destroy());
    const headers = pairs(incoming.rawHeaders).map(([name, value]) => `${name}: ${value}\r\n`);
    const path = pathFor(incoming, floor) ?? "/";
    daemon.write(`${incoming.method ?? "POST"} ${path} HTTP/1.1\r\n${headers.join("")}\r\n`);
    daemon.write(head);
    client.pipe(daemon).pipe(client);
  });
  return listening(server, host, open);
}

/** null for a client that is too old. */
function pathFor({ url = "" }: IncomingMessage, floor: string): string | null {
  const match = /^\/v(\d+\.\d+)(\/.*)$/.exec(url);
  if (match === null) return url;
  return minor(match[1]) < minor(floor) ? null : `/v${spoken}${match[2]}`;
}

function refusal({ url = "" }: IncomingMessage, floor: string): string {
  const version = /^\/v([\d.]+)/.exec(url)?.[1] ?? "";
  return `client version ${version} is too old. Minimum supported API version is ${floor}, please upgrade your client to a newer version`;
}

function minor(version = ""): number {
  return Number(version.split(".")[1]);
}

function pairs(list: readonly string[]): [string, string][] {
  return list.flatMap((name, index) => (index % 2 === 0 ? [[name, list[index + 1] ?? ""]] : []));
}
