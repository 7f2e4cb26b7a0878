import { createContainer, putFiles, startContainer } from "../docker/container.ts";
import type { ContainerNetwork } from "../docker/convert.ts";
import type { Engine } from "../docker/engine.ts";
import { runExec } from "../docker/exec.ts";
import { createNetwork } from "../docker/network.ts";
import { sweep } from "../docker/sweep.ts";
import { createVolume } from "../docker/volume.ts";
import { agentLabel, bootLabel } from "../job/labels.ts";
import type { ContainerSpec, NetworkSpec, VolumeSeed } from "../job/plan.ts";
import { messageOf } from "../support/errors.ts";

const makeLimitMs = 12_000;
const removeLimitMs = 20_000;
/** A container of ours ends by itself, should nobody be left to remove it. */
const longestLifeSeconds = 120;

export interface Said {
  readonly code: number;
  readonly output: string;
}

/**
 * What one entry's checks make on its daemon, labelled like a job's. Disposing of it removes everything that carries its
 * labels, under a limit of its own: also what was still being made when somebody gave up waiting for it.
 */
export class Bench implements AsyncDisposable {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly #engine: Engine;
  readonly #problem: (text: string) => void;
  readonly #underWay = new Set<Promise<unknown>>();
  #made = false;
  #closed = false;

  /** @param boot unique on the daemon */
  constructor(engine: Engine, agentId: string, boot: string, problem: (text: string) => void) {
    this.#engine = engine;
    this.#problem = problem;
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

  /** Creates and starts a container; `seeds` are put into it, or the volumes mounted in it, before it starts. */
  async container(
    spec: ContainerSpec,
    network: ContainerNetwork,
    signal: AbortSignal,
    seeds: readonly VolumeSeed[] = [],
  ): Promise<string> {
    return await this.#make(signal, async (own) => {
      const id = await createContainer(this.#engine, { ...spec, labels: this.labels }, spec.image, network, own);
      for (const seed of seeds) await putFiles(this.#engine, id, seed.destination, seed.files, own);
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
    const limit = AbortSignal.timeout(removeLimitMs);
    await Promise.allSettled(this.#underWay);
    const labels = Object.entries(this.labels).map(([key, value]) => `${key}=${value}`);
    const problems = await sweep(this.#engine, labels, limit).catch((error: unknown) => [messageOf(error)]);
    for (const problem of problems) this.#problem(problem);
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
