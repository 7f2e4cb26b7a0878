import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface LfsServer extends AsyncDisposable {
  readonly url: string;
}

/** Speaks as much of the Git LFS batch API as a download takes, for objects by their SHA-256. */
export async function serveLargeFiles(host: string, objects: ReadonlyMap<string, string>): Promise<LfsServer> {
  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const stored = objects.get((request.url ?? "").slice("/objects/".length));
    if (request.method === "GET") {
      response.writeHead(stored === undefined ? 404 : 200).end(stored);
      return;
    }
    const asked = JSON.parse(Buffer.concat(chunks).toString()) as { objects: { oid: string; size: number }[] };
    const found = asked.objects.map(({ oid, size }) => ({
      oid,
      size,
      authenticated: true,
      actions: { download: { href: `${url}/objects/${oid}` } },
    }));
    response.setHeader("content-type", "application/vnd.git-lfs+json");
    response.end(JSON.stringify({ transfer: "basic", objects: found }));
  };
  const server = createServer((request, response) => void answer(request, response));
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const url = `http://${host}:${(server.address() as AddressInfo).port}`;
  return {
    url,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
