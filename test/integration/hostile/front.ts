import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";

/** Stands between an agent and its coordinator, and lies where a test wants it. */
export interface Front extends AsyncDisposable {
  readonly url: string;
  /** Answers requests for a path that matches in place of the coordinator. */
  answer(path: RegExp, how: (request: IncomingMessage, response: ServerResponse) => void): void;
  /** Changes the text of the job that is handed out and holds `marker`. */
  spoil(marker: string, change: (payload: string) => string): void;
}

export async function startFront(host: string, coordinatorUrl: string): Promise<Front> {
  const answers: { path: RegExp; how: (request: IncomingMessage, response: ServerResponse) => void }[] = [];
  const lies = new Map<string, (payload: string) => string>();
  const spoiled = (payload: string) => {
    for (const [marker, change] of lies) {
      if (!payload.includes(marker)) continue;
      lies.delete(marker);
      return change(payload);
    }
    return payload;
  };
  const server = createServer((incoming, outgoing) => {
    const path = incoming.url ?? "/";
    const own = answers.find((each) => each.path.test(path));
    if (own !== undefined) {
      own.how(incoming, outgoing);
      return;
    }
    const onward = request(
      new URL(path, coordinatorUrl),
      { method: incoming.method, headers: incoming.headers },
      (answer) => {
        if (!path.endsWith("/jobs/request") || answer.statusCode !== 201) {
          outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
          answer.pipe(outgoing);
          return;
        }
        buffer(answer).then(
          (body) => {
            const text = spoiled(body.toString());
            const { "content-length": _length, "transfer-encoding": _coding, ...headers } = answer.headers;
            outgoing.writeHead(201, { ...headers, "content-length": Buffer.byteLength(text) });
            outgoing.end(text);
          },
          () => outgoing.destroy(),
        );
      },
    );
    onward.on("error", () => outgoing.destroy());
    outgoing.on("close", () => onward.destroy());
    incoming.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  return {
    url: `http://${host}:${(server.address() as AddressInfo).port}`,
    answer: (path, how) => answers.push({ path, how }),
    spoil: (marker, change) => lies.set(marker, change),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
