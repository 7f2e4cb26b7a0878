import { mkdtemp, readFile, rm } from "node:fs/promises";
import type { ServerResponse } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { AgentPool } from "../../../src/coordinator/agents.ts";
import { TlsFiles } from "../../../src/coordinator/tls-files.ts";
import { PartMemory } from "../../../src/cache/part-memory.ts";
import { S3Store } from "../../../src/cache/s3-store.ts";
import { StoreChannel } from "../../../src/cache/store-channel.ts";
import type { Clock } from "../../../src/support/clock.ts";
import { systemClock } from "../../../src/support/clock.ts";
import { type Seen, startServer } from "../coordinator/scripted-server.ts";
import { s3Config } from "./configs.ts";

export type Answer = (request: Seen & { readonly query: URLSearchParams }, response: ServerResponse) => void;

/** A way to a store that answers as the test says; waits between tries are counted and take no time. */
export async function transferScene(answer: Answer) {
  await using cleanup = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "longshore-transfer-"));
  cleanup.defer(() => rm(directory, { recursive: true }));
  const server = cleanup.use(
    await startServer((seen, response) => {
      answer({ ...seen, query: new URL(seen.url, "http://store").searchParams }, response);
    }),
  );
  const pauses: number[] = [];
  const clock: Clock = { ...systemClock, sleep: async (ms) => void pauses.push(ms) };
  const tls = new TlsFiles({ caFile: "", certFile: "", keyFile: "", certsDir: "" }, "");
  const pool = new AgentPool({ tls, env: {}, clock });
  cleanup.defer(() => pool.closeIdle());
  const config = s3Config({ ServerAddress: `127.0.0.1:${server.port}`, Insecure: true });
  const credentials = { of: async () => ({ accessKeyId: "access", secretAccessKey: "secret" }) };
  const store = new S3Store(config, credentials, async () => "us-east-1");
  const owned = cleanup.move();
  const toFile = join(directory, "object");
  return {
    channel: new StoreChannel(store, pool, clock, 600),
    memory: new PartMemory(1_000_000),
    pauses,
    toFile,
    content: () => readFile(toFile, "utf8"),
    /** `METHOD ?QUERY` of what was asked, without what signs it. */
    asked: () =>
      server.seen.map(({ method, url }) => {
        const query = new URL(url, "http://store").searchParams;
        for (const name of query.keys().toArray()) if (name.startsWith("X-Amz-")) query.delete(name);
        return `${method} ${query.toString()}`.trim();
      }),
    seen: server.seen,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

export function reply(response: ServerResponse, status: number, body = "", headers: Record<string, string> = {}): void {
  response.writeHead(status, headers).end(body);
}

export const whole = new AbortController().signal;
