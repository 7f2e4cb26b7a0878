import { randomBytes } from "node:crypto";

/** Lower case and without a shape that anything knows, so that it may stand wherever a text may. */
const canary = (): string => `canary${randomBytes(9).toString("hex")}`;

/** One of each kind of secret that an agent is given by its admin and by a job. */
export const canaries = {
  cloneUrlPassword: canary(),
  environmentToken: canary(),
  proxyPassword: canary(),
  otlpHeader: canary(),
  homeLogin: canary(),
  authConfigPassword: canary(),
  payloadPassword: canary(),
  masked: canary(),
  fileVariable: `${canary()}\n${canary()}`,
  foreignToken: canary(),
};

/** What to look for: a secret's name and the forms in which somebody may have written it. */
export type Wanted = ReadonlyMap<string, readonly string[]>;

export function wantedOf(secrets: Readonly<Record<string, string>>): Wanted {
  return new Map(
    Object.entries(secrets).map(([name, value]) => [name, value.split("\n").flatMap((line) => formsOf(line))] as const),
  );
}

function formsOf(secret: string): string[] {
  // Base64 of a text that it stands in: at one of three offsets, the ends depend on what is around it.
  const inBase64 = [0, 1, 2].map((offset) =>
    Buffer.from(`${"x".repeat(offset)}${secret}`)
      .toString("base64")
      .slice(offset === 0 ? 0 : 4)
      .replace(/.{0,3}=*$/, ""),
  );
  return [secret, encodeURIComponent(secret), Buffer.from(secret).toString("hex"), ...inBase64];
}

/** A place that was searched. */
export interface Place {
  readonly place: string;
  readonly bytes: number;
  readonly found: readonly string[];
}

/** What was looked at, for the table that the test prints. */
export class Search {
  readonly #wanted: () => Wanted;
  readonly #places = new Map<string, { bytes: number; found: Set<string> }>();

  constructor(wanted: () => Wanted) {
    this.#wanted = wanted;
  }

  /** `allowed` are names of secrets that belong there. */
  look(place: string, content: string | Buffer, allowed: readonly string[] = []): void {
    const known = this.#places.get(place) ?? { bytes: 0, found: new Set() };
    this.#places.set(place, known);
    known.bytes += content.length;
    for (const [name, forms] of this.#wanted()) {
      if (!allowed.includes(name) && forms.some((form) => content.includes(form))) known.found.add(name);
    }
  }

  places(): Place[] {
    return [...this.#places].map(([place, { bytes, found }]) => ({ place, bytes, found: [...found] }));
  }

  table(): string {
    const rows = this.places().map(
      ({ place, bytes, found }) => `${place.padEnd(46)} ${String(bytes).padStart(10)}  ${found.join(", ") || "0"}`,
    );
    return [`${"place".padEnd(46)} ${"bytes".padStart(10)}  canaries`, ...rows].join("\n");
  }
}
