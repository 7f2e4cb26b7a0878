import { randomBytes, randomInt } from "node:crypto";
import { shortToken } from "../../../src/coordinator/token.ts";
import type { Engine } from "../../../src/docker/engine.ts";
import { findObjects, type FoundObjects } from "../../../src/docker/sweep.ts";
import { connectEngine, hostAddress } from "../../support/engine.ts";

type CreateOptions = NonNullable<Parameters<Engine["createContainer"]>[0]>;

const limitMs = 60_000;
const nothing = { containers: [], networks: [], volumes: [] };

/**
 * A corner of the engine in which a test installs things by hand, as an admin does. All of it is labelled; disposing of
 * the place removes it and throws when something is left after that.
 */
export class Place implements AsyncDisposable {
  readonly engine: Engine;
  readonly #id: string;
  readonly #label: string;

  private constructor(engine: Engine) {
    this.engine = engine;
    this.#id = randomBytes(4).toString("hex");
    this.#label = `dev.longshore.test=container-${this.#id}`;
  }

  static of(engine = connectEngine()): Place {
    return new Place(engine);
  }

  /** Several tests may use the engine at once, so the names that users give things have something added. */
  name(name: string): string {
    return `${name}-${this.#id}`;
  }

  get labels(): Record<string, string> {
    const [key = "", value = ""] = this.#label.split("=");
    return { [key]: value };
  }

  async volume(name: string): Promise<string> {
    const { name: made } = await this.engine.createVolume({ Name: this.name(name), Labels: this.labels });
    return made;
  }

  /**
   * A network of the user's own. Its addresses are outside the pools that daemons take their networks from: a dind on
   * it uses the same pools, and what is inside has to find the way to this machine.
   */
  async network(name: string): Promise<{ readonly name: string; readonly gateway: string }> {
    const subnet = `198.19.${randomInt(256)}`;
    await this.engine.createNetwork({
      Name: this.name(name),
      Labels: this.labels,
      IPAM: { Config: [{ Subnet: `${subnet}.0/28`, Gateway: `${subnet}.1` }] },
    });
    return { name: this.name(name), gateway: `${subnet}.1` };
  }

  /** Where containers on the default bridge reach this process. */
  hostAddress(): Promise<string> {
    return hostAddress(this.engine);
  }

  async start(name: string, options: CreateOptions): Promise<string> {
    const labels = { ...options.Labels, ...this.labels };
    const container = await this.engine.createContainer({ ...options, name: this.name(name), Labels: labels });
    await container.start();
    return container.id;
  }

  async remove(id: string): Promise<void> {
    await this.engine.getContainer(id).remove({ force: true, v: true });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const { containers, networks, volumes } = await this.#find();
    await Promise.all(containers.map((id) => this.remove(id)));
    await Promise.all(networks.map((id) => this.engine.getNetwork(id).remove()));
    await Promise.all(volumes.map((name) => this.engine.getVolume(name).remove()));
    const left = JSON.stringify(await this.#find());
    if (left !== JSON.stringify(nothing)) throw new Error(`left on the engine: ${left}`);
  }

  async #find(): Promise<Pick<FoundObjects, keyof typeof nothing>> {
    const { containers, networks, volumes } = await findObjects(
      this.engine,
      [this.#label],
      AbortSignal.timeout(limitMs),
    );
    return { containers, networks, volumes };
  }
}

/**
 * What jobs of a runner have left on the engine, after the volumes that are kept from job to job have been removed. By the runner,
 * since agents in containers all have the same path of their configuration, and so the same id.
 */
export async function leftByJobs(engine: Engine, token: string): Promise<readonly string[]> {
  const labels = [`com.gitlab.gitlab-runner.runner.id=${shortToken(token)}`];
  const kept = await findObjects(
    engine,
    [...labels, "com.gitlab.gitlab-runner.reusable=true"],
    AbortSignal.timeout(limitMs),
  );
  await Promise.all(kept.volumes.map((name) => engine.getVolume(name).remove()));
  const left = await findObjects(engine, labels, AbortSignal.timeout(limitMs));
  return [...left.containers, ...left.networks, ...left.volumes];
}
