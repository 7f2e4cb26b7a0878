import { AgentError } from "../support/errors.ts";

export interface UnpackLimits {
  /** Bytes of all files together; default 64 GiB. */
  readonly maxBytes?: number;
  /** Characters of the names and targets of all links together; default 64 Mi. */
  readonly maxLinkCharacters?: number;
  /** Files, directories and links together; default 1,000,000. */
  readonly maxEntries?: number;
}

export interface UnpackEntry {
  readonly name: string;
  readonly kind: "file" | "directory" | "symlink";
  /** Of a symlink. */
  readonly target: string;
  readonly size: number;
}

const DEFAULT_MAX_BYTES = 64 * 2 ** 30;
/** Each costs an inode, be it as empty as it may. */
const MAX_ENTRIES = 1_000_000;
const MAX_LINKS = 40;
/** Linux's PATH_MAX. Every part of a name costs time and may become a directory, and formats allow names of megabytes. */
const MAX_PATH = 4096;
/** Characters of all links' names and targets: they are what is kept until the end. */
const MAX_LINK_CHARACTERS = 64 * 2 ** 20;

/**
 * Watches over the unpacking of an archive that somebody else made. Every entry is shown to it in order; it throws
 * AgentError ARCHIVE_UNSAFE (audience author) for one that would be written outside the directory, by its name or
 * through a link that an earlier entry made, and when there is more than a limit allows.
 */
export class UnpackGuard {
  readonly #maxBytes: number;
  readonly #root = new Place();
  readonly #maxLinkCharacters: number;
  readonly #maxEntries: number;
  #entries = 0;
  #linkCharacters = 0;
  #bytes = 0;

  constructor(limits: UnpackLimits) {
    this.#maxBytes = limits.maxBytes ?? DEFAULT_MAX_BYTES;
    this.#maxEntries = limits.maxEntries ?? MAX_ENTRIES;
    this.#maxLinkCharacters = limits.maxLinkCharacters ?? MAX_LINK_CHARACTERS;
  }

  /** For an archive that says beforehand how many entries it has. */
  expect(entries: number): void {
    if (entries > this.#maxEntries) throw broken(`it has ${entries} entries, more than ${this.#maxEntries}`);
  }

  /** The entry's name without `./` and doubled or final slashes; "" for the directory itself. */
  admit({ name, kind, target, size }: UnpackEntry): string {
    this.expect(++this.#entries);
    if (name.length > MAX_PATH || target.length > MAX_PATH) {
      throw unsafe(name.slice(0, 100), "its name or its target is longer than a path can be");
    }
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
    if (kind === "symlink") {
      this.#linkCharacters += name.length + target.length;
      if (this.#linkCharacters > this.#maxLinkCharacters) throw unsafe(name, "the archive has too many links");
      this.#root.make([...parent, last]).target = target;
    } else {
      const place = this.#root.find([...parent, last]);
      if (place !== null) place.target = null;
    }
    this.#bytes += size;
    if (this.#bytes > this.#maxBytes)
      throw unsafe(name, `the archive's files are larger than ${String(this.#maxBytes)} bytes`);
    return parts.join("/");
  }

  /** Where a path leads when the links are followed; null: outside, or round in circles. */
  #resolve(parts: readonly string[]): string[] | null {
    const queue = [...parts];
    const names: string[] = [];
    /** Where the names lead, as far as there are links below. */
    const places: (Place | null)[] = [this.#root];
    let followed = 0;
    for (let part = queue.shift(); part !== undefined; part = queue.shift()) {
      if (part === "" || part === ".") continue;
      if (part === "..") {
        if (names.pop() === undefined) return null;
        places.pop();
        continue;
      }
      const place: Place | null = places.at(-1)?.children.get(part) ?? null;
      if (place?.target == null) {
        names.push(part);
        places.push(place);
        continue;
      }
      if (place.target.startsWith("/") || ++followed > MAX_LINKS) return null;
      queue.unshift(...place.target.split("/"));
    }
    return names;
  }
}

/** A link, or a directory with links somewhere below: a tree, so that the time for a path grows with its length only. */
class Place {
  readonly children = new Map<string, Place>();
  /** null for what is no link. */
  target: string | null = null;

  find(names: readonly string[]): Place | null {
    return names.reduce<Place | null>((place, name) => place?.children.get(name) ?? null, this);
  }

  make(names: readonly string[]): Place {
    return names.reduce<Place>((place, name) => {
      const child = place.children.get(name) ?? new Place();
      place.children.set(name, child);
      return child;
    }, this);
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
