import type { Socket } from "node:net";

const update = Buffer.from("PUT /api/v4/jobs/");
const jobOfUpdate = /PUT \/api\/v4\/jobs\/(\d+) /g;
const finalState = /"state":"(success|failed)"/;

/**
 * Hears what the agent says about the end of each job, whatever becomes of the saying: the same again is the protocol's
 * way through a lost answer, something else is not.
 */
export class FinalWords {
  readonly #jobs = new WeakMap<Socket, number>();
  readonly #words = new Map<number, Set<string>>();

  /** Bytes that the agent sent on a connection to the coordinator. */
  hear(client: Socket, bytes: Buffer): void {
    if (bytes.includes(update)) {
      const job = [...bytes.toString("latin1").matchAll(jobOfUpdate)].at(-1)?.[1];
      if (job !== undefined) this.#jobs.set(client, Number(job));
    }
    const job = this.#jobs.get(client);
    if (job === undefined) return;
    const body = bytes.toString("latin1");
    const state = finalState.exec(body)?.[1];
    if (state === undefined) return;
    this.#jobs.delete(client);
    const reason = /"failure_reason":"([a-z_]*)"/.exec(body)?.[1] ?? "";
    const exitCode = /"exit_code":(-?\d+)/.exec(body)?.[1] ?? "0";
    const words = this.#words.get(job) ?? new Set();
    this.#words.set(job, words.add([state, reason, exitCode].join(" ")));
  }

  of(job: number): readonly string[] {
    return [...(this.#words.get(job) ?? [])];
  }
}
