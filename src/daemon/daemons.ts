import type { Engine, EngineFacts } from "../docker/engine.ts";
import { readFacts } from "../docker/engine.ts";
import type { DockerConfig } from "../config/schema.ts";
import { daemonHint } from "../docker/daemon-hint.ts";
import { DockerError } from "../docker/errors.ts";
import { AgentError, messageOf } from "../support/errors.ts";
import { type DaemonAddress, parseDaemonAddress } from "./address.ts";
import { readDockerCertificates } from "./certificate-files.ts";
import { connectDocker } from "./connect.ts";
import { type NetworkFacts, networkFacts } from "../docker/network.ts";
import { type Clock, systemClock } from "../support/clock.ts";
import { smallMtu } from "./network-mtu.ts";
import { type HostProbe, Uplink } from "./uplink.ts";
import { orAborted } from "../support/or-aborted.ts";

/** A daemon that runs jobs, connected, with what is known about it. */
export interface Daemon {
  readonly engine: Engine;
  readonly address: DaemonAddress;
  /** As it told them last; read anew from time to time, for its settings and version may be others after a restart. */
  readonly facts: EngineFacts;
  /** MTU for networks on that host when it is smaller than Docker's default; null otherwise, and when it isn't known. */
  readonly networkMtu: number | null;
  /** MTU of the interface through which that host reaches the world; null when it isn't known. */
  readonly uplinkMtu: number | null;
  /** Where containers on its bridges reach what is published on its host; "" when it has no default bridge. */
  readonly hostAddress: string;
  /**
   * Goes on finding out what was not to be known at first; resolves when it is found out, or can't be now, or with the
   * signal, which ends the wait alone.
   */
  learnMore(signal?: AbortSignal): Promise<void>;
}

type ProbeOf = (docker: DaemonSettings, facts: EngineFacts) => HostProbe | null;

/** Older facts are read anew in the background of the job that comes next. */
const factsAgeMs = 600_000;

/** The daemons of all [[runners]] entries; entries with the same settings share one, and its connections. */
export class Daemons {
  readonly #known = new Map<string, Promise<KnownDaemon>>();
  readonly #uplinks = new Set<Uplink>();
  readonly #probe: ProbeOf;
  readonly #stopping: AbortSignal;
  readonly #clock: Pick<Clock, "monotonic">;

  /**
   * @param probe how to look at the host of a daemon from there; default: nobody looks
   * @param stopping ends such a look
   */
  constructor(
    probe: ProbeOf = () => null,
    stopping: AbortSignal = new AbortController().signal,
    clock: Pick<Clock, "monotonic"> = systemClock,
  ) {
    this.#probe = probe;
    this.#stopping = stopping;
    this.#clock = clock;
  }

  /**
   * Connects at the first call and keeps what it learned for some minutes; a failed attempt is not kept.
   * @throws AgentError DAEMON_ADDRESS, DAEMON_CERTIFICATES; DockerError when the daemon doesn't answer
   */
  async get(docker: DaemonSettings, signal: AbortSignal): Promise<Daemon> {
    const key = daemonKey(docker);
    let connecting = this.#known.get(key);
    if (connecting === undefined) {
      // Under a limit of its own: the end of the job that asks first is no end for those that ask with it.
      connecting = this.#connect(docker, AbortSignal.timeout(connectLimitMs));
      this.#known.set(key, connecting);
      connecting.catch(() => this.#known.delete(key));
    }
    const known = await orAborted(connecting, signal);
    // One that doesn't answer is connected to anew by the next job: its certificates may be others by then.
    if (this.#isOld(known)) known.refresh(this.#stopping).catch(() => this.#known.delete(key));
    return known.daemon;
  }

  /** Resolves when no daemon's host is looked at any more: soon after `stopping`. */
  async ended(): Promise<void> {
    await Promise.all([...this.#uplinks].map((uplink) => uplink.ended()));
  }

  #isOld(known: KnownDaemon): boolean {
    return this.#clock.monotonic() - known.readAt > factsAgeMs;
  }

  async #connect(docker: DaemonSettings, signal: AbortSignal): Promise<KnownDaemon> {
    const address = parseDaemonAddress(docker.host, docker.tls_verify);
    const tls = address.kind === "tcp" && address.tls;
    const engine = connectDocker(address, tls ? await readDockerCertificates(docker.tls_cert_path) : null);
    const told = await ask(engine, signal);
    const host = { address, hostname: told.facts.name };
    const uplink = new Uplink(engine, host, this.#probe(docker, told.facts), this.#stopping, this.#clock);
    this.#uplinks.add(uplink);
    const learned = uplink.learn();
    // A container somewhere takes its time, which goes by while the daemon is used already.
    if (uplink.isHere) await learned;
    return new KnownDaemon(engine, address, told, uplink, this.#clock);
  }
}

/** A daemon, and since when that is known which it told. */
class KnownDaemon {
  readonly daemon: Daemon;
  readAt: number;
  #told: Told;
  readonly #engine: Engine;
  readonly #clock: Pick<Clock, "monotonic">;

  constructor(engine: Engine, address: DaemonAddress, told: Told, uplink: Uplink, clock: Pick<Clock, "monotonic">) {
    this.#engine = engine;
    this.#told = told;
    this.#clock = clock;
    this.readAt = clock.monotonic();
    const now = () => this.#told;
    this.daemon = {
      engine,
      address,
      get facts() {
        return now().facts;
      },
      get networkMtu() {
        return smallMtu(uplink.mtu, now().bridge.mtu);
      },
      get uplinkMtu() {
        return uplink.mtu;
      },
      get hostAddress() {
        return now().bridge.gateway;
      },
      learnMore: (signal) => uplink.learn(signal),
    };
  }

  async refresh(stopping: AbortSignal): Promise<void> {
    this.readAt = this.#clock.monotonic();
    this.#told = await ask(this.#engine, AbortSignal.any([stopping, AbortSignal.timeout(connectLimitMs)]));
  }
}

interface Told {
  readonly facts: EngineFacts;
  readonly bridge: NetworkFacts;
}

async function ask(engine: Engine, signal: AbortSignal): Promise<Told> {
  const [facts, bridge] = await Promise.all([readFacts(engine, signal), networkFacts(engine, "bridge", signal)]);
  return { facts, bridge };
}

export type DaemonSettings = Pick<DockerConfig, "host" | "tls_verify" | "tls_cert_path"> &
  Partial<Pick<DockerConfig, "helper_image" | "helper_image_flavor">>;

/** The same for settings that mean one daemon, reached in one way. */
export function daemonKey({ host, tls_verify, tls_cert_path }: DaemonSettings): string {
  return JSON.stringify([host, tls_verify, tls_cert_path]);
}

const connectLimitMs = 60_000;

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
