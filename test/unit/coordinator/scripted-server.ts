import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";

/** A request as it arrived, its body read to the end. */
export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly incoming: IncomingMessage;
}

export interface ScriptedServer extends AsyncDisposable {
  readonly port: number;
  /** `http://127.0.0.1:PORT`, or https with TLS. */
  readonly url: string;
  readonly seen: Seen[];
  readonly server: Server;
  json(index?: number): Record<string, unknown>;
}

type Respond = (seen: Seen, response: ServerResponse) => void | Promise<void>;

/** A real server on a free port that answers as the test says. A script that throws answers 599. */
export async function startServer(
  respond: Respond,
  options: { tls?: ServerOptions; readBody?: boolean; host?: string } = {},
): Promise<ScriptedServer> {
  const seen: Seen[] = [];
  const listener = async (incoming: IncomingMessage, response: ServerResponse) => {
    try {
      const chunks: Buffer[] = [];
      if (options.readBody ?? true) for await (const chunk of incoming) chunks.push(chunk as Buffer);
      const { method = "", url = "", headers } = incoming;
      const request = { method, url, headers, body: Buffer.concat(chunks), incoming };
      seen.push(request);
      await respond(request, response);
    } catch (error) {
      if (!response.headersSent) response.writeHead(599);
      response.end(String(error));
    }
  };
  const onRequest = (incoming: IncomingMessage, response: ServerResponse) => void listener(incoming, response);
  const server = options.tls === undefined ? createServer(onRequest) : createTlsServer(options.tls, onRequest);
  await new Promise<void>((resolve) => server.listen(0, options.host ?? "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${options.tls === undefined ? "http" : "https"}://127.0.0.1:${port}`,
    seen,
    server,
    json: (index = -1) => JSON.parse((seen.at(index) as Seen).body.toString()) as Record<string, unknown>,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers in order, the last one for ever. */
export function inTurn(
  ...answers: readonly { status: number; headers?: Record<string, string>; body?: string }[]
): Respond {
  let next = 0;
  return (_seen, response) => {
    const answer = answers[Math.min(next++, answers.length - 1)];
    if (answer === undefined) throw new Error("no answer was scripted");
    response.writeHead(answer.status, answer.headers);
    response.end(answer.body);
  };
}

export function json(status: number, body: unknown, headers: Record<string, string> = {}) {
  return { status, headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
}
