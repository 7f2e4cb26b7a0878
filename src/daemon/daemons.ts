import type { Engine, EngineFacts } from "../docker/engine.ts";
import { readFacts } from "../docker/engine.ts";
import type { DockerConfig } from "../config/schema.ts";
import { daemonHint } from "../docker/daemon-hint.ts";
import { DockerError } from "../docker/errors.ts";
import { AgentError, messageOf } from "../support/errors.ts";
import { type DaemonAddress, parseDaemonAddress } from "./address.ts";
import { readDockerCertificates } from "./certificate-files.ts";
import { connectDocker } from "./connect.ts";
import { networkFacts } from "../docker/network.ts";
import { smallMtu } from "./network-mtu.ts";
import { type HostProbe, Uplink } from "./uplink.ts";

/** A daemon that runs jobs, connected, with what is known about it. */
export interface Daemon {
  readonly engine: Engine;
  readonly address: DaemonAddress;
  readonly facts: EngineFacts;
  /** MTU for networks on that host when it is smaller than Docker's default; null otherwise, and when it isn't known. */
  readonly networkMtu: number | null;
  /** MTU of the interface through which that host reaches the world; null when it isn't known. */
  readonly uplinkMtu: number | null;
  /** Where containers on its bridges reach what is published on its host; "" when it has no default bridge. */
  readonly hostAddress: string;
  /** Goes on finding out what was not to be known at first; resolves when it is found out, or can't be now. */
  learnMore(): Promise<void>;
}

/** The daemons of all [[runners]] entries; entries with the same settings share one, and its connections. */
export class Daemons {
  readonly #known = new Map<string, Promise<Daemon>>();
  readonly #probe: (docker: DaemonSettings, facts: EngineFacts) => HostProbe | null;

  /** @param probe how to look at the host of a daemon from there; default: nobody looks */
  constructor(probe: (docker: DaemonSettings, facts: EngineFacts) => HostProbe | null = () => null) {
    this.#probe = probe;
  }

  /**
   * Connects at the first call and keeps what it learned; a failed attempt is not kept.
   * @throws AgentError DAEMON_ADDRESS, DAEMON_CERTIFICATES; DockerError when the daemon doesn't answer
   */
  async get(docker: DaemonSettings, signal: AbortSignal): Promise<Daemon> {
    const key = JSON.stringify([docker.host, docker.tls_verify, docker.tls_cert_path]);
    let connecting = this.#known.get(key);
    if (connecting === undefined) {
      // Under a limit of its own: the end of the job that asks first is no end for those that ask with it.
      connecting = connect(docker, this.#probe, AbortSignal.timeout(connectLimitMs));
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

export type DaemonSettings = Pick<DockerConfig, "host" | "tls_verify" | "tls_cert_path"> &
  Partial<Pick<DockerConfig, "helper_image">>;

const connectLimitMs = 60_000;

function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(signal.reason as Error);
    if (signal.aborted) return giveUp();
    signal.addEventListener("abort", giveUp, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener("abort", giveUp));
  });
}

async function connect(
  docker: DaemonSettings,
  probeOf: (docker: DaemonSettings, facts: EngineFacts) => HostProbe | null,
  signal: AbortSignal,
): Promise<Daemon> {
  const address = parseDaemonAddress(docker.host, docker.tls_verify);
  const tls = address.kind === "tcp" && address.tls;
  const engine = connectDocker(address, tls ? await readDockerCertificates(docker.tls_cert_path) : null);
  const [facts, bridge] = await Promise.all([readFacts(engine, signal), networkFacts(engine, "bridge", signal)]);
  const uplink = new Uplink(engine, facts.name, probeOf(docker, facts));
  const learnMore = () => uplink.learn();
  const learned = learnMore();
  // A container somewhere takes its time, which goes by while the daemon is used already.
  if (uplink.isHere) await learned;
  return {
    engine,
    address,
    facts,
    get networkMtu() {
      return smallMtu(uplink.mtu, bridge.mtu);
    },
    get uplinkMtu() {
      return uplink.mtu;
    },
    hostAddress: bridge.gateway,
    learnMore,
  };
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
