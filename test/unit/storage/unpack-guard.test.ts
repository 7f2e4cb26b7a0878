import fc from "fast-check";
import { posix } from "node:path";
import { describe, expect, it } from "vitest";
import { UnpackGuard, type UnpackEntry } from "../../../src/storage/unpack-guard.ts";

const file = (name: string, size = 0): UnpackEntry => ({ name, kind: "file", target: "", size });
const link = (name: string, target: string): UnpackEntry => ({ name, kind: "symlink", target, size: 0 });

function admitAll(entries: readonly UnpackEntry[], maxBytes?: number): string[] {
  const guard = new UnpackGuard(maxBytes === undefined ? {} : { maxBytes });
  return entries.map((entry) => guard.admit(entry));
}

describe("the unpack guard", () => {
  it.each([
    ["an absolute name", [file("/etc/passwd")]],
    ["a way up", [file("a/../../x")]],
    ["a way up and back", [file("../project/x")]],
    ["a way up with backslashes", [file("a\\..\\..\\x")]],
    ["an absolute name with a backslash", [file("\\etc\\passwd")]],
    ["a NUL", [file("a\0b")]],
    ["a write through an absolute link", [link("l", "/etc"), file("l/passwd")]],
    ["a write through a link that leads up", [link("a/l", "../.."), file("a/l/x")]],
    ["a link through such a link", [link("l", ".."), link("l/m", "x")]],
    ["two links, each harmless on its own", [link("a", "."), link("b", "a/.."), file("b/x")]],
    ["a link made through a link", [link("a", "d"), link("a/x", "/etc"), file("d/x/passwd")]],
    ["links in a circle", [link("a", "b"), link("b", "a"), file("a/x")]],
    ["a link spelled differently", [link("./a//l", "/"), file("a/./l/x")]],
  ])("refuses %s", (_, entries) => {
    expect(() => admitAll(entries)).toThrowError(
      expect.objectContaining({ code: "ARCHIVE_UNSAFE", audience: "author" }),
    );
  });

  it("admits links that lead outside as long as nothing is written through them", () => {
    expect(
      admitAll([link("venv/bin/python", "/usr/bin/python3"), file("venv/lib/x"), link("up", "../..")]),
    ).toHaveLength(3);
  });

  it("admits writing through a link that stays inside, or whose place something else took", () => {
    expect(admitAll([link("lib64", "lib"), file("lib64/x")])).toEqual(["lib64", "lib64/x"]);
    expect(admitAll([link("d", "/etc"), { ...file("d"), kind: "directory" }, file("d/x")])).toEqual(["d", "d", "d/x"]);
  });

  it("cleans names", () => {
    expect(admitAll([file("./a//b/"), file("./"), file("with\\backslash")])).toEqual(["a/b", "", "with\\backslash"]);
  });

  it("refuses names and targets that are longer than a path can be", () => {
    const long = "a/".repeat(1_000_000);
    expect(() => admitAll([file(long)])).toThrowError(/longer than a path/);
    expect(() => admitAll([link("l", long)])).toThrowError(/longer than a path/);
  });

  it("refuses more links than it can remember", () => {
    const guard = new UnpackGuard({ maxLinkCharacters: 1000 });
    const admit = () => {
      for (let index = 0; index < 1000; index++) guard.admit(link(`link-${index}`, "target"));
    };
    expect(admit).toThrowError(/too many links/);
  });

  it("looks at deep paths below links in no time", () => {
    const deep = "a/".repeat(2000);
    const entries = Array.from({ length: 300 }, (_, index) => file(`l/${deep}${index}`));
    expect(admitAll([link("l", `./${deep}`), ...entries])).toHaveLength(301);
  });

  it("refuses more bytes than the limit", () => {
    expect(() => admitAll([file("a", 60), file("b", 60)], 100)).toThrowError(/larger than 100 bytes/);
  });

  it("never admits a write that a file system would carry out elsewhere", () => {
    const part = fc.constantFrom("a", "b", "c", ".", "..");
    const path = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const entry = fc.oneof(
      path.map((name) => file(name)),
      fc.tuple(path, path).map(([name, target]) => link(name, target)),
    );
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 8 }), (entries) => {
        const guard = new UnpackGuard({});
        const links = new Map<string, string>();
        for (const each of entries) {
          let name;
          try {
            name = guard.admit(each);
          } catch {
            continue;
          }
          if (name === "") continue;
          const parent = realPath(posix.join("/top/root", posix.dirname(name)), links, 0);
          expect(`${parent}/`.startsWith("/top/root/")).toBe(true);
          const place = posix.join(parent, posix.basename(name));
          if (each.kind === "symlink") links.set(place, each.target);
          else links.delete(place);
        }
      }),
      { numRuns: 2000 },
    );
  });
});

/** As the kernel would: every component followed, from the left. */
function realPath(path: string, links: ReadonlyMap<string, string>, depth: number): string {
  if (depth > 100) return "/loop";
  let place = "/";
  const parts = path.split("/").filter((part) => part !== "");
  for (const [index, part] of parts.entries()) {
    place = posix.join(place, part);
    const target = links.get(place);
    if (target !== undefined) {
      const rest = parts.slice(index + 1).join("/");
      return realPath(`${posix.dirname(place)}/${target}/${rest}`, links, depth + 1);
    }
  }
  return place;
}
