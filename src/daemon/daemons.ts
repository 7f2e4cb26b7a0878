import type { Engine, EngineFacts } from "../docker/engine.ts";
import { readFacts } from "../docker/engine.ts";
import type { DockerConfig } from "../config/schema.ts";
import { daemonHint } from "../docker/daemon-hint.ts";
import { DockerError } from "../docker/errors.ts";
import { AgentError, messageOf } from "../support/errors.ts";
import { type DaemonAddress, parseDaemonAddress } from "./address.ts";
import { readDockerCertificates } from "./certificate-files.ts";
import { connectDocker } from "./connect.ts";
import { smallMtu } from "./network-mtu.ts";

/** A daemon that runs jobs, connected, with what is known about it. */
export interface Daemon {
  readonly engine: Engine;
  readonly address: DaemonAddress;
  readonly facts: EngineFacts;
  /** MTU for networks on that host when it is smaller than Docker's default; null otherwise, and when it isn't known. */
  readonly networkMtu: number | null;
}

/** The daemons of all [[runners]] entries; entries with the same settings share one, and its connections. */
export class Daemons {
  readonly #known = new Map<string, Promise<Daemon>>();

  /**
   * Connects at the first call and keeps what it learned; a failed attempt is not kept.
   * @throws AgentError DAEMON_ADDRESS, DAEMON_CERTIFICATES; DockerError when the daemon doesn't answer
   */
  async get(docker: DaemonSettings, signal: AbortSignal): Promise<Daemon> {
    const key = JSON.stringify([docker.host, docker.tls_verify, docker.tls_cert_path]);
    let connecting = this.#known.get(key);
    if (connecting === undefined) {
      // Under a limit of its own: the end of the job that asks first is no end for those that ask with it.
      connecting = connect(docker, AbortSignal.timeout(connectLimitMs));
      this.#known.set(key, connecting);
      connecting.catch(() => this.#known.delete(key));
    }
    return await orAborted(connecting, signal);
  }

  /** Connects anew at the next call: after a daemon was gone its certificates, mirrors and version may be others. */
  forget(docker: DaemonSettings): void {
    this.#known.delete(JSON.stringify([docker.host, docker.tls_verify, docker.tls_cert_path]));
  }
}

type DaemonSettings = Pick<DockerConfig, "host" | "tls_verify" | "tls_cert_path">;

const connectLimitMs = 60_000;

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason as Error);
    if (signal.aborted) return giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
}

async function connect(docker: DaemonSettings, signal: AbortSignal): Promise<Daemon> {
  const address = parseDaemonAddress(docker.host, docker.tls_verify);
  const tls = address.kind === "tcp" && address.tls;
  const engine = connectDocker(address, tls ? await readDockerCertificates(docker.tls_cert_path) : null);
  const [facts, networkMtu] = await Promise.all([
    readFacts(engine, signal),
    address.kind === "unix" ? smallMtu() : Promise.resolve(null),
  ]);
  return { engine, address, facts, networkMtu };
}

const checkLimitMs = 30_000;

/**
 * Asks a daemon whether it can be used, before any job is taken for it.
 * @throws AgentError DAEMON_UNUSABLE saying why not and what to change; DAEMON_ADDRESS, DAEMON_CERTIFICATES
 */
export async function requireDaemon(daemons: Daemons, docker: DaemonSettings): Promise<Daemon> {
  try {
    return await daemons.get(docker, AbortSignal.timeout(checkLimitMs));
  } catch (error) {
    if (error instanceof AgentError) throw error;
    const hint = error instanceof DockerError ? daemonHint(error) : "";
    throw new AgentError("DAEMON_UNUSABLE", `the Docker daemon at ${docker.host} can't be used: ${messageOf(error)}`, {
      hint: hint === "" ? "check `host` in [runners.docker] of config.toml, and that the daemon is well" : hint,
      cause: error,
    });
  }
}
