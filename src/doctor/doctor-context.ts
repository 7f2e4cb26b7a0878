import { randomBytes } from "node:crypto";
import type { AgentConfig, RunnerConfig } from "../config/schema.ts";
import type { AgentIdentity } from "../coordinator/info.ts";
import type { ProxyEnvironment } from "../coordinator/proxy.ts";
import type { RunnerApi } from "../coordinator/runner-api.ts";
import type { Daemon, Daemons } from "../daemon/daemons.ts";
import { type DaemonReport, readDaemonReport } from "../docker/daemon-report.ts";
import { inspectImage, type ImageFacts } from "../docker/image.ts";
import { hostProbe } from "../executor/prepare.ts";
import type { Clock } from "../support/clock.ts";
import { Bench } from "./bench.ts";
import { askCoordinator, type CoordinatorAnswer } from "./coordinator-answer.ts";
import { type GitReach, reachByGit } from "./git-reach.ts";
import { type HostFacts, probeHost } from "./host-probe.ts";
import { JobSite } from "./job-site.ts";

/** What the checks of all entries share. */
export interface DoctorSettings {
  readonly config: AgentConfig;
  readonly configPath: string;
  readonly systemId: string;
  /** Of the agent with this configuration: its own directory below the state directory, which need not be there. */
  readonly statePath: string;
  readonly identity: AgentIdentity;
  readonly proxies: ProxyEnvironment;
  readonly home: string;
  readonly clock: Clock;
  readonly daemons: Daemons;
  readonly apiOf: (runner: RunnerConfig) => RunnerApi;
  readonly agentId: string;
  /** Starts the boot label of all that is made, `doctor-…`: what it is told from an agent's by. */
  readonly boot: string;
  /** Something that could not be removed. */
  readonly onProblem: (text: string) => void;
  /** When removing what was made must be over. */
  readonly removeBy: AbortSignal;
}

/** One [[runners]] entry under examination. What several checks need is found out once, by the first that asks. */
export class DoctorContext implements AsyncDisposable {
  readonly settings: DoctorSettings;
  readonly runner: RunnerConfig;
  /** Makes names unique on a network that jobs and other doctors use, too. */
  readonly suffix = randomBytes(4).toString("hex");
  readonly #signal: AbortSignal;
  #coordinator: Promise<CoordinatorAnswer | null> | null = null;
  #daemon: Daemon | null = null;
  #report: Promise<DaemonReport> | null = null;
  #bench: Bench | null = null;
  #site: Promise<JobSite> | null = null;
  #host: Promise<HostFacts> | null = null;
  #reach: Promise<GitReach> | null = null;
  readonly #images = new Map<string, Promise<ImageFacts | null>>();

  /** @param signal the end of all checks */
  constructor(settings: DoctorSettings, runner: RunnerConfig, signal: AbortSignal) {
    this.settings = settings;
    this.runner = runner;
    this.#signal = signal;
  }

  /** What the coordinator says at the first time of asking; null when it says nothing. */
  coordinator(): Promise<CoordinatorAnswer | null> {
    return (this.#coordinator ??= askCoordinator(this.settings, this.runner, this.#signal));
  }

  async daemon(): Promise<Daemon> {
    return (this.#daemon ??= await this.settings.daemons.get(this.runner.docker, this.#signal));
  }

  async report(): Promise<DaemonReport> {
    const { engine } = await this.daemon();
    return await (this.#report ??= readDaemonReport(engine, this.#signal));
  }

  /** What the daemon knows of an image; null when it hasn't got it. */
  async image(reference: string): Promise<ImageFacts | null> {
    const { engine } = await this.daemon();
    let found = this.#images.get(reference);
    if (found === undefined) this.#images.set(reference, (found = inspectImage(engine, reference, this.#signal)));
    return await found;
  }

  /** With a `$` in it where it takes variables that only a job has. */
  async helperImage(): Promise<string> {
    const { docker, environment } = this.runner;
    const { agentId, boot, identity } = this.settings;
    const { architecture } = (await this.daemon()).facts;
    const owner = { agentId, boot, revision: identity.revision };
    return hostProbe(owner, docker, environment, architecture)?.image ?? docker.helper_image;
  }

  async bench(): Promise<Bench> {
    const { engine } = await this.daemon();
    const { boot } = this.settings;
    return (this.#bench ??= new Bench(engine, { ...this.settings, boot: `${boot}-${this.runner.index}` }));
  }

  /** A container where a job's would be. */
  site(): Promise<JobSite> {
    return (this.#site ??= this.#openSite());
  }

  /** How git fares in a job's container, with packets as they come. */
  reach(): Promise<GitReach> {
    return (this.#reach ??= reachByGit(this, 0, this.#signal));
  }

  /** The daemon's host. */
  host(): Promise<HostFacts> {
    return (this.#host ??= probeHost(this, this.#signal));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#bench?.[Symbol.asyncDispose]();
  }

  async #openSite(): Promise<JobSite> {
    const [bench, daemon, image] = await Promise.all([this.bench(), this.daemon(), this.helperImage()]);
    // As for a job, the network fits the uplink of the daemon's host.
    await daemon.learnMore();
    const { networkMtu } = daemon;
    return await JobSite.open(bench, this.runner, image, networkMtu, this.#signal);
  }
}
