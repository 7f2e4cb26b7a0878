import { once } from "node:events";
import { rm } from "node:fs/promises";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { engineHost } from "./engine.ts";

/** A way to the engine under test on which a test decides what passes; disposing of it closes it. */
export interface EngineFront extends AsyncDisposable {
  /** As config.toml's `host` has it. */
  readonly host: string;
}

/** @param relay hands on what comes on a connection, both ways; that it ends or breaks is handed on without it */
export async function startEngineFront(
  name: string,
  relay: (client: Socket, daemon: Socket) => void,
): Promise<EngineFront> {
  const path = join(tmpdir(), `longshore-test-${name}-${process.pid}.sock`);
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const daemon = dial();
    relay(client, daemon);
    client.on("end", () => daemon.end());
    daemon.on("end", () => client.end());
    client.on("error", () => daemon.destroy());
    daemon.on("error", () => client.destroy());
  });
  server.listen(path);
  await once(server, "listening");
  return {
    host: `unix://${path}`,
    [Symbol.asyncDispose]: async () => {
      server.close();
      await rm(path, { force: true });
    },
  };
}

function dial(): Socket {
  const address = /^unix:\/\/(.+)$/.exec(engineHost)?.[1];
  if (address !== undefined) return connect({ path: address, allowHalfOpen: true });
  const { hostname, port } = new URL(engineHost);
  return connect({ host: hostname, port: Number(port), allowHalfOpen: true });
}
