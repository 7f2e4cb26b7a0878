import { createContainer, putFiles, startContainer } from "../docker/container.ts";
import type { ContainerNetwork } from "../docker/convert.ts";
import type { Engine } from "../docker/engine.ts";
import { runExec } from "../docker/exec.ts";
import { createNetwork } from "../docker/network.ts";
import { sweep } from "../docker/sweep.ts";
import { createVolume } from "../docker/volume.ts";
import { agentLabel, bootLabel } from "../job/labels.ts";
import type { ContainerSpec, NetworkSpec, VolumeSeed } from "../job/plan.ts";
import type { Clock } from "../support/clock.ts";
import { messageOf } from "../support/errors.ts";
import { orAborted } from "../support/or-aborted.ts";

const makeLimitMs = 12_000;
/** What ends by itself is in use for a moment yet. */
const removeRounds = 4;
const removePauseMs = 300;
/** A container of ours ends by itself, should nobody be left to remove it. */
export const longestLifeSeconds = 120;

export interface BenchSettings {
  readonly agentId: string;
  /** Unique on the daemon. */
  readonly boot: string;
  readonly clock: Clock;
  /** When removing must be over. */
  readonly removeBy: AbortSignal;
  /** Something that could not be removed. */
  readonly onProblem: (text: string) => void;
}

/** What else is done with a container, after it is created and before it starts. */
export interface BeforeStart {
  /** Put into it, or into the volumes mounted in it. */
  readonly seeds?: readonly VolumeSeed[];
  readonly watch?: (id: string) => Promise<void>;
}

export interface Said {
  readonly code: number;
  readonly output: string;
}

/**
 * What one entry's checks make on its daemon, labelled like a job's. Disposing of it removes everything that carries its
 * labels: also what was still being made when somebody gave up waiting for it.
 */
export class Bench implements AsyncDisposable {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly #engine: Engine;
  readonly #settings: BenchSettings;
  readonly #underWay = new Set<Promise<unknown>>();
  #made = false;
  #closed = false;

  constructor(engine: Engine, settings: BenchSettings) {
    const { agentId, boot } = settings;
    this.#engine = engine;
    this.#settings = settings;
    this.name = `longshore-${boot}`;
    this.labels = { [agentLabel]: agentId, [bootLabel]: boot };
  }

  async network(spec: Pick<NetworkSpec, "mtu" | "enableIpv6">, signal: AbortSignal): Promise<string> {
    await this.#make(signal, (own) =>
      createNetwork(this.#engine, { ...spec, name: this.name, labels: this.labels }, own),
    );
    return this.name;
  }

  async volume(name: string, signal: AbortSignal): Promise<void> {
    const spec = { name, destination: "", temporary: true, labels: this.labels, driver: "", driverOptions: {} };
    await this.#make(signal, (own) => createVolume(this.#engine, spec, own));
  }

  /** Creates and starts a container, which goes when it ends. */
  async container(
    spec: ContainerSpec,
    network: ContainerNetwork,
    signal: AbortSignal,
    { seeds = [], watch = async () => {} }: BeforeStart = {},
  ): Promise<string> {
    return await this.#make(signal, async (own) => {
      const disposable = { ...spec, labels: this.labels, autoRemove: true };
      const id = await createContainer(this.#engine, disposable, spec.image, network, own);
      for (const seed of seeds) await putFiles(this.#engine, id, seed.destination, seed.files, own);
      await watch(id);
      if (!this.#closed) await startContainer(this.#engine, id, own);
      return id;
    });
  }

  /** Runs a shell script in one of its containers; both streams together. */
  async run(id: string, script: string, args: readonly string[], signal: AbortSignal): Promise<Said> {
    let output = "";
    const spec = { command: ["sh", "-c", script, "sh", ...args], env: [], user: "", workingDir: "" };
    const collect = async ({ bytes }: { readonly bytes: Buffer }) => {
      output += bytes.toString("utf8");
    };
    const code = await runExec(this.#engine, id, spec, "", collect, signal);
    return { code, output: output.trim() };
  }

  /** The command of a container that others are run in. */
  static readonly waiting: Pick<ContainerSpec, "entrypoint" | "command"> = {
    entrypoint: ["sh"],
    command: ["-c", `trap 'exit 0' TERM; sleep ${longestLifeSeconds} & wait $!`],
  };

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    if (!this.#made) return;
    const { boot, removeBy, onProblem } = this.#settings;
    await orAborted(Promise.allSettled(this.#underWay), removeBy).catch(() => {});
    const problems = [
      ...(this.#underWay.size > 0 ? ["something that the daemon was still making"] : []),
      ...(await this.#remove()),
    ];
    for (const problem of problems) onProblem(`${problem} (label ${bootLabel}=${boot})`);
  }

  async #remove(): Promise<readonly string[]> {
    const { clock, removeBy } = this.#settings;
    const labels = Object.entries(this.labels).map(([key, value]) => `${key}=${value}`);
    const round = () => sweep(this.#engine, labels, removeBy).catch((error: unknown) => [messageOf(error)]);
    let problems = await round();
    for (let rounds = 1; rounds < removeRounds && problems.length > 0 && !removeBy.aborted; rounds++) {
      await clock.sleep(removePauseMs, removeBy).catch(() => {});
      if (!removeBy.aborted) problems = await round();
    }
    return problems;
  }

  /** The daemon finishes what it was asked to make, so its making has a limit of its own and is waited for at the end. */
  async #make<T>(signal: AbortSignal, make: (own: AbortSignal) => Promise<T>): Promise<T> {
    signal.throwIfAborted();
    if (this.#closed) throw new Error("the checks are over");
    this.#made = true;
    const making = make(AbortSignal.timeout(makeLimitMs));
    this.#underWay.add(making);
    making.catch(() => {}).finally(() => this.#underWay.delete(making));
    return await making;
  }
}
