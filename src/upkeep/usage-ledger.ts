import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import type { Clock } from "../support/clock.ts";
import { messageOf } from "../support/errors.ts";
import { replaceFile } from "../support/replace-file.ts";

/** Of images and volumes together; beyond it those used least recently are forgotten, and so never removed. */
const mostRecords = 2000;
const mostNames = 20;

const imageSchema = z.object({
  /** Milliseconds since the epoch. */
  usedAt: z.number(),
  /** A job of this agent has pulled it: it can be had again. */
  pulled: z.boolean(),
  /** As the jobs called it. */
  names: z.array(z.string()),
});
const daemonSchema = z.object({
  images: z.record(z.string(), imageSchema),
  volumes: z.record(z.string(), z.number()),
});
const fileSchema = z.object({ version: z.literal(1), daemons: z.record(z.string(), daemonSchema) });

/** How jobs used an image. */
export type ImageUse = z.output<typeof imageSchema>;

/** Where jobs write down what they use of a daemon, which is called as its address is written. */
export interface UsageNotes {
  imageUsed(host: string, image: { readonly id: string; readonly name: string; readonly pulled: boolean }): void;
  /** Volumes that are kept for the next job. */
  volumesUsed(host: string, names: readonly string[]): void;
}

interface Known {
  readonly images: Map<string, ImageUse>;
  readonly volumes: Map<string, number>;
}

/**
 * When the agent's jobs used which image and which kept volume last, for Docker doesn't know. One file in the state
 * directory, written behind the jobs' backs: what is lost with it is only that something may be removed.
 */
export class UsageLedger implements UsageNotes {
  readonly #path: string;
  readonly #clock: Pick<Clock, "now">;
  readonly #log: { warn(text: string): void };
  readonly #daemons = new Map<string, Known>();
  #writing: Promise<void> | null = null;
  #isDirty = false;

  private constructor(path: string, clock: Pick<Clock, "now">, log: { warn(text: string): void }) {
    this.#path = path;
    this.#clock = clock;
    this.#log = log;
  }

  /** One that can't be read begins anew: nothing is removed of which it isn't known when it was used. */
  static async open(
    statePath: string,
    clock: Pick<Clock, "now">,
    log: { warn(text: string): void },
  ): Promise<UsageLedger> {
    const ledger = new UsageLedger(join(statePath, "usage.json"), clock, log);
    try {
      const { daemons } = fileSchema.parse(JSON.parse(await readFile(ledger.#path, "utf8")));
      for (const [host, { images, volumes }] of Object.entries(daemons))
        ledger.#daemons.set(host, {
          images: new Map(Object.entries(images)),
          volumes: new Map(Object.entries(volumes)),
        });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT")
        log.warn(`${ledger.#path} can't be read: when images and volumes were used last is counted anew`);
    }
    return ledger;
  }

  imageUsed(host: string, { id, name, pulled }: Parameters<UsageNotes["imageUsed"]>[1]): void {
    const { images } = this.#of(host);
    const before = images.get(id);
    const names = [...new Set([...(before?.names ?? []), name])].slice(-mostNames);
    images.set(id, { usedAt: this.#clock.now(), pulled: pulled || before?.pulled === true, names });
    this.#changed();
  }

  volumesUsed(host: string, names: readonly string[]): void {
    if (names.length === 0) return;
    const { volumes } = this.#of(host);
    for (const name of names) volumes.set(name, this.#clock.now());
    this.#changed();
  }

  images(host: string): ReadonlyMap<string, ImageUse> {
    return this.#of(host).images;
  }

  /** Of a volume that is seen for the first time it counts as used now. */
  volumeUsedAt(host: string, name: string): number {
    const usedAt = this.#of(host).volumes.get(name);
    if (usedAt !== undefined) return usedAt;
    this.volumesUsed(host, [name]);
    return this.#clock.now();
  }

  /** @param id of an image, or a volume's name */
  usedSince(host: string, id: string, at: number): boolean {
    const { images, volumes } = this.#of(host);
    return Math.max(images.get(id)?.usedAt ?? 0, volumes.get(id) ?? 0) > at;
  }

  /** When anything of that daemon was used last; 0 for never. */
  lastUse(host: string): number {
    const { images, volumes } = this.#of(host);
    return [...images.values()]
      .map(({ usedAt }) => usedAt)
      .concat([...volumes.values()])
      .reduce(later, 0);
  }

  forget(host: string, kind: "image" | "volume", id: string): void {
    const { images, volumes } = this.#of(host);
    (kind === "image" ? images : volumes).delete(id);
    this.#changed();
  }

  /** Resolves when all is on the disk, or could not be written. */
  async flushed(): Promise<void> {
    while (this.#writing !== null) await this.#writing;
  }

  #of(host: string): Known {
    const known = this.#daemons.get(host) ?? { images: new Map(), volumes: new Map() };
    this.#daemons.set(host, known);
    return known;
  }

  #changed(): void {
    this.#isDirty = true;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
  }

  /** One write at a time; what changes meanwhile goes into the next. */
  async #write(): Promise<void> {
    while (this.#isDirty) {
      this.#isDirty = false;
      this.#shrink();
      const daemons = Object.fromEntries(
        [...this.#daemons].map(([host, { images, volumes }]) => [
          host,
          { images: Object.fromEntries(images), volumes: Object.fromEntries(volumes) },
        ]),
      );
      try {
        await replaceFile(this.#path, JSON.stringify({ version: 1, daemons }));
      } catch (error) {
        this.#log.warn(`${this.#path} can't be written: ${messageOf(error)}`);
        return;
      }
    }
  }

  #shrink(): void {
    const records = [...this.#daemons.values()].flatMap(({ images, volumes }) => [
      ...[...images].map(([id, { usedAt }]) => ({ usedAt, drop: () => images.delete(id) })),
      ...[...volumes].map(([name, usedAt]) => ({ usedAt, drop: () => volumes.delete(name) })),
    ]);
    if (records.length <= mostRecords) return;
    records.sort((one, other) => one.usedAt - other.usedAt);
    for (const { drop } of records.slice(0, records.length - mostRecords)) drop();
  }
}

const later = (one: number, other: number): number => Math.max(one, other);
