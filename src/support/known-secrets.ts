/** Shorter ones would take pieces out of every line, and protect nothing. */
const shortest = 6;
const hidden = "[REDACTED]";

/**
 * Secrets by their values: the last line of defence of the agent's own log and spans, for what nobody thought of when
 * a message was written. A value is known as long as any owner of it is.
 */
export class KnownSecrets {
  readonly #owners = new Map<string, readonly string[]>();
  #all: readonly string[] = [];

  /** `values` are what `owner` keeps secret from now on, in place of what it was before. */
  set(owner: string, values: Iterable<string>): void {
    this.#owners.set(owner, [...values].flatMap(forms));
    this.#rebuild();
  }

  forget(owner: string): void {
    if (this.#owners.delete(owner)) this.#rebuild();
  }

  /** A text without any of them, as they are and as URLs, JSON and base64 have them. */
  hide(text: string): string {
    return this.#all.reduce((rest, secret) => rest.replaceAll(secret, hidden), text);
  }

  #rebuild(): void {
    // Longest first: a secret may begin with another one.
    this.#all = [...new Set([...this.#owners.values()].flat())].sort((a, b) => b.length - a.length);
  }
}

/** One value, and each of its lines: a key of several lines is printed line by line. */
function forms(value: string): string[] {
  const lines = value.includes("\n") ? [value, ...value.split(/\r?\n/)] : [value];
  return lines
    .filter((line) => line.length >= shortest)
    .flatMap((line) => [
      line,
      JSON.stringify(line).slice(1, -1),
      encodeURIComponent(line.toWellFormed()),
      Buffer.from(line).toString("base64").replace(/=+$/, ""),
      Buffer.from(line).toString("base64url"),
    ]);
}
