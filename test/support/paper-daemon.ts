import { createServer } from "node:http";

/** A Docker daemon for jobs that need none: it is there, so that jobs are asked for, and has nothing to offer. */
export async function startPaperDaemon(socketPath: string): Promise<AsyncDisposable> {
  const server = createServer((request, response) => {
    const isPing = request.url?.endsWith("/_ping") === true;
    const type = isPing ? "text/plain" : "application/json";
    // Connections that stay open would be counted among the agent's files.
    response.writeHead(isPing ? 200 : 404, { "Content-Type": type, Connection: "close" });
    response.end(isPing ? "OK" : '{"message":"page not found"}');
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(socketPath, resolve);
  });
  return {
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
