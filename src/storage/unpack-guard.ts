import { AgentError } from "../support/errors.ts";

export interface UnpackLimits {
  /** Bytes of all files together; default 64 GiB. */
  readonly maxBytes?: number;
}

export interface UnpackEntry {
  readonly name: string;
  readonly kind: "file" | "directory" | "symlink";
  /** Of a symlink. */
  readonly target: string;
  readonly size: number;
}

const DEFAULT_MAX_BYTES = 64 * 2 ** 30;
const MAX_LINKS = 40;

/**
 * Watches over the unpacking of an archive that somebody else made. Every entry is shown to it in order; it throws
 * AgentError ARCHIVE_UNSAFE (audience author) for one that would be written outside the directory, by its name or
 * through a link that an earlier entry made, and when there is more than a limit allows.
 */
export class UnpackGuard {
  readonly #maxBytes: number;
  /** Targets of the links that were made, by where they really lie. */
  readonly #links = new Map<string, string>();
  #bytes = 0;

  constructor(limits: UnpackLimits) {
    this.#maxBytes = limits.maxBytes ?? DEFAULT_MAX_BYTES;
  }

  /** The entry's name without `./` and doubled or final slashes; "" for the directory itself. */
  admit({ name, kind, target, size }: UnpackEntry): string {
    // Where a backslash is a separator is not for the archive to choose: no reading of the name may lead outside.
    const readings = [name, name.replaceAll("\\", "/")];
    if (name.includes("\0") || readings.some((text) => text.startsWith("/") || text.split("/").includes(".."))) {
      throw unsafe(name, "its name leads outside the directory that it is unpacked into");
    }
    const parts = name.split("/").filter((part) => part !== "" && part !== ".");
    const last = parts.at(-1);
    if (last === undefined) return "";
    const parent = this.#resolve(parts.slice(0, -1));
    if (parent === null) throw unsafe(name, "it would be written through a link that leads outside");
    const place = [...parent, last].join("/");
    if (kind === "symlink") this.#links.set(place, target);
    else this.#links.delete(place);
    this.#bytes += size;
    if (this.#bytes > this.#maxBytes)
      throw unsafe(name, `the archive's files are larger than ${String(this.#maxBytes)} bytes`);
    return parts.join("/");
  }

  /** Where a path leads when the links are followed; null: outside, or round in circles. */
  #resolve(parts: readonly string[]): string[] | null {
    const queue = [...parts];
    const place: string[] = [];
    let followed = 0;
    for (let part = queue.shift(); part !== undefined; part = queue.shift()) {
      if (part === "" || part === ".") continue;
      if (part === "..") {
        if (place.pop() === undefined) return null;
        continue;
      }
      place.push(part);
      const target = this.#links.get(place.join("/"));
      if (target === undefined) continue;
      if (target.startsWith("/") || ++followed > MAX_LINKS) return null;
      place.pop();
      queue.unshift(...target.split("/"));
    }
    return place;
  }
}

/** Says of an entry why it is refused. */
export function unsafe(name: string, why: string): AgentError {
  return new AgentError("ARCHIVE_UNSAFE", `the archive's entry ${JSON.stringify(name)} is refused: ${why}`, {
    hint: "Make the archive again without this entry, in the job that uploaded it.",
    audience: "author",
  });
}

/** Says of an archive why it can't be read. */
export function broken(why: string, cause?: unknown): AgentError {
  return new AgentError("ARCHIVE_BROKEN", `the archive cannot be read: ${why}`, {
    hint: "It may have been cut off or damaged: run the job that uploaded it again.",
    audience: "author",
    ...(cause === undefined ? {} : { cause }),
  });
}
