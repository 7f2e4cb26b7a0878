import { spawn } from "node:child_process";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Refusal, type Answer } from "./answer.ts";
import type { Exchange } from "./exchange.ts";
import { gitEnvironment } from "./git-environment.ts";

export interface GitService {
  /** Directory of the bare repository. */
  readonly repository: string;
  /** What follows the repository in the path. */
  readonly service: string;
  /** What git is found by: PATH, HOME. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

const headerLimit = 16 << 10;

/**
 * Lets `git http-backend` answer: a CGI program, given the request's headers as variables and its body as input.
 * Streams both ways; the program is killed when the client goes away.
 */
export async function runHttpBackend(exchange: Exchange, service: GitService): Promise<Answer> {
  const { request, url, signal } = exchange;
  const headers = request.headers;
  const child = spawn("git", ["http-backend"], {
    env: {
      ...gitEnvironment(service.environment),
      GIT_PROJECT_ROOT: service.repository,
      PATH_INFO: service.service,
      GIT_HTTP_EXPORT_ALL: "1",
      REQUEST_METHOD: request.method ?? "GET",
      QUERY_STRING: url.search.slice(1),
      CONTENT_TYPE: headers["content-type"] ?? "",
      REMOTE_USER: "gitlab-ci-token",
      REMOTE_ADDR: request.socket.remoteAddress ?? "",
      ...(headers["content-length"] === undefined ? {} : { CONTENT_LENGTH: headers["content-length"] }),
      ...(headers["content-encoding"] === undefined ? {} : { HTTP_CONTENT_ENCODING: headers["content-encoding"] }),
      ...(typeof headers["git-protocol"] === "string" ? { GIT_PROTOCOL: headers["git-protocol"] } : {}),
    },
    stdio: ["pipe", "pipe", "ignore"],
    signal,
    killSignal: "SIGTERM",
  });
  // The abort is told by the signal; a program that could not be started shows as an output without headers.
  child.once("error", () => child.stdout.destroy());
  // It may well answer before it has read everything, and close its input.
  pipeline(request, child.stdin).catch(() => child.stdin.destroy());

  const output = child.stdout.iterator();
  let head: Buffer = Buffer.alloc(0);
  let end = -1;
  try {
    while (end < 0 && head.length <= headerLimit) {
      const next = await output.next();
      if (next.done) break;
      head = Buffer.concat([head, next.value as Buffer]);
      end = head.indexOf("\r\n\r\n");
    }
  } catch {
    end = -1;
  }
  if (end < 0) throw new Refusal(502, "git http-backend gave no answer");
  return cgiAnswer(head.toString("latin1", 0, end), head.subarray(end + 4), output);
}

function cgiAnswer(head: string, first: Buffer, rest: AsyncIterable<unknown>): Answer {
  const headers: Record<string, string> = {};
  let status = 200;
  for (const line of head.split("\r\n")) {
    const colon = line.indexOf(":");
    const name = line.slice(0, colon);
    const value = line.slice(colon + 1).trim();
    if (name.toLowerCase() === "status") status = Number.parseInt(value, 10);
    else if (colon > 0) headers[name] = value;
  }
  async function* body() {
    if (first.length > 0) yield first;
    for await (const chunk of rest) yield chunk as Buffer;
  }
  return { status, headers, stream: Readable.from(body()) };
}
