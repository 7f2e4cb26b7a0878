import { randomBytes } from "node:crypto";
import { createServer, type AddressInfo } from "node:net";
import type { Engine } from "../../src/docker/engine.ts";
import { connectEngine, execute, images } from "./engine.ts";
import { copyImages, untilAnswers } from "./nested-daemon.ts";

/** A Docker daemon of its own beside the engine under test, at an address that stays when it dies and comes back. */
export interface SecondDaemon extends AsyncDisposable {
  /** `tcp://127.0.0.1:PORT`, without TLS. */
  readonly host: string;
  readonly engine: Engine;
  /** Runs a command on its host, which is a container of the engine under test, and returns its output. */
  execute(...command: string[]): Promise<string>;
  /** As a power failure. */
  kill(): Promise<void>;
  /** It takes connections and answers nothing; its containers go on. */
  hang(): Promise<void>;
  /** It does again. */
  goOn(): Promise<void>;
  /** Resolves when it answers again, with all that it had. */
  revive(): Promise<void>;
}

const again = 'while :; do dockerd-entrypoint.sh "$@"; rm -f /var/run/docker.pid; sleep 1; done';

/** Starts a dind on the engine under test that has these images, with arguments and `KEY=VALUE` variables of its own. */
export async function startSecondDaemon(
  names: readonly string[],
  settings: {
    readonly args?: readonly string[];
    readonly env?: readonly string[];
    /** The daemon may end and its host goes on: it is started again, with its containers alive where it is told to leave them. */
    readonly restarts?: boolean;
    /** Its data lies in memory of that size (`900m`) and goes with it; default: in a volume. */
    readonly memory?: string;
  } = {},
): Promise<SecondDaemon> {
  const outer = connectEngine();
  const port = await freePort();
  const name = `longshore-test-second-${randomBytes(4).toString("hex")}`;
  const container = await outer.createContainer({
    name,
    Image: images.dind,
    ...(settings.restarts === true ? { Entrypoint: ["sh", "-c", again, "dockerd-entrypoint.sh"] } : {}),
    Cmd: ["--tls=false", ...(settings.args ?? [])],
    Env: ["DOCKER_TLS_CERTDIR=", ...(settings.env ?? [])],
    ExposedPorts: { "2375/tcp": {} },
    HostConfig: {
      Privileged: true,
      ...(settings.memory === undefined
        ? { Binds: [`${name}-data:/var/lib/docker`] }
        : { Tmpfs: { "/var/lib/docker": `size=${settings.memory}` } }),
      PortBindings: { "2375/tcp": [{ HostIp: "127.0.0.1", HostPort: String(port) }] },
    },
  });
  const host = `tcp://127.0.0.1:${port}`;
  const engine = connectEngine(host);
  const start = async () => {
    await container.start();
    await untilAnswers(engine);
  };
  const remove = async () => {
    await container.remove({ force: true, v: true });
    if (settings.memory === undefined) await outer.getVolume(`${name}-data`).remove();
  };
  try {
    await start();
    if (names.length > 0) await copyImages(outer, engine, names);
  } catch (error) {
    await remove();
    throw error;
  }
  const executeThere = (...command: string[]) => execute(outer, container.id, ...command);
  // Not the container: its first process only starts the daemon.
  const signalDaemon = async (signal: string) => {
    await executeThere("sh", "-c", `kill -${signal} $(pidof dockerd)`);
  };
  return {
    host,
    engine,
    execute: executeThere,
    kill: () => container.kill(),
    hang: () => signalDaemon("STOP"),
    goOn: () => signalDaemon("CONT"),
    revive: start,
    [Symbol.asyncDispose]: remove,
  };
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => void server.close(resolve));
  return port;
}
