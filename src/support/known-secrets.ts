/** Shorter ones would take pieces out of every line, and protect nothing. */
const shortest = 6;
const hidden = "[REDACTED]";
/** Of a value of several lines: shorter ones are words that stand in every such file. */
const shortestLine = 16;
/** Each costs a look at every line of the log. What is longer than a line of the log can be is never there as a whole. */
const mostLines = 100;
const longestBytes = 64 * 1024;
const mostForms = 2_000;

/**
 * Secrets by their values: the last line of defence of the agent's own log and spans, for what nobody thought of when
 * a message was written. A value is known as long as any owner of it is.
 */
export class KnownSecrets {
  readonly #owners = new Map<string, readonly string[]>();
  #all: readonly string[] = [];

  /** `values` are what `owner` keeps secret from now on, in place of what it was before. */
  set(owner: string, values: Iterable<string>): void {
    this.#owners.set(owner, [...new Set([...values].flatMap(forms))].slice(0, mostForms));
    this.#rebuild();
  }

  /** How many texts are looked for. */
  get size(): number {
    return this.#all.length;
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
  const whole = value.length <= longestBytes ? [value] : [];
  return [...whole, ...linesOf(value)]
    .filter((line) => line.length >= shortest)
    .flatMap((line) => [
      line,
      JSON.stringify(line).slice(1, -1),
      encodeURIComponent(line.toWellFormed()),
      Buffer.from(line).toString("base64").replace(/=+$/, ""),
      Buffer.from(line).toString("base64url"),
    ]);
}

function linesOf(value: string): string[] {
  if (!value.includes("\n")) return [];
  const lines = value.split(/\r?\n/).filter((line) => line.length >= shortestLine && line.length <= longestBytes);
  return lines.sort((a, b) => b.length - a.length).slice(0, mostLines);
}
