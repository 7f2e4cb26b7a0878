import type { Engine, EngineFacts } from "../docker/engine.ts";
import { readFacts } from "../docker/engine.ts";
import type { DockerConfig } from "../config/schema.ts";
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
  async get(docker: Pick<DockerConfig, "host" | "tls_verify" | "tls_cert_path">, signal: AbortSignal): Promise<Daemon> {
    const key = JSON.stringify([docker.host, docker.tls_verify, docker.tls_cert_path]);
    const known = this.#known.get(key);
    if (known) return known;
    const connecting = connect(docker, signal);
    this.#known.set(key, connecting);
    try {
      return await connecting;
    } catch (error) {
      this.#known.delete(key);
      throw error;
    }
  }
}

async function connect(
  docker: Pick<DockerConfig, "host" | "tls_verify" | "tls_cert_path">,
  signal: AbortSignal,
): Promise<Daemon> {
  const address = parseDaemonAddress(docker.host, docker.tls_verify);
  const tls = address.kind === "tcp" && address.tls;
  const engine = connectDocker(address, tls ? await readDockerCertificates(docker.tls_cert_path) : null);
  const [facts, networkMtu] = await Promise.all([
    readFacts(engine, signal),
    address.kind === "unix" ? smallMtu() : Promise.resolve(null),
  ]);
  return { engine, address, facts, networkMtu };
}
