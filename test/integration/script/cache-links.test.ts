import { execFileSync } from "node:child_process";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { restore, save, scene } from "./cache-scene.ts";
import { shells, temporaryDirectory } from "./shells.ts";

/** Everything about the files below a directory that every `cp` keeps: busybox gives links new times. */
function facts(directory: string, name: string): string {
  const files = ["-type", "f", "-printf", "%p f %m %U %G %s %Ts\\n"];
  const others = ["-not", "-type", "f", "-printf", "%p %y %m %l\\n"];
  const list = execFileSync("find", [name, ...files, "-o", ...others], { cwd: directory, encoding: "utf8" });
  return list.split("\n").toSorted().join("\n");
}

describe.each(shells)("a version of a cache in $name", (shell) => {
  const versionOf = (directory: string) => join(directory, readFileSync(join(directory, "current"), "utf8").trim());
  const inode = (path: string) => statSync(path).ino;

  it("shares with the one before it the files that are the same", () => {
    using root = temporaryDirectory();
    const { place, file, stored } = scene(root.path);
    writeFileSync(file("node_modules/gone"), "x");
    save(shell, place);
    const cached = (name: string) => join(versionOf(stored("deps")), "tree", name);
    const kept = inode(cached("out/bin/tool"));
    const before = inode(cached("node_modules/a b/index.js"));
    writeFileSync(file("node_modules/a b/index.js"), "changed");
    rmSync(file("node_modules/gone"));
    mkdirSync(file("node_modules/-new"), { mode: 0o750 });
    expect(save(shell, place)).toMatchObject({ code: 0, stderr: "" });
    expect(inode(cached("out/bin/tool"))).toBe(kept);
    expect(inode(cached("node_modules/a b/index.js"))).not.toBe(before);
    expect(readFileSync(cached("node_modules/a b/index.js"), "utf8")).toBe("changed");
    expect(statSync(cached("node_modules/-new")).mode & 0o777).toBe(0o750);
    expect(existsSync(cached("node_modules/gone"))).toBe(false);
  });

  it("shares nothing with the project, whose files may be written in place", () => {
    using root = temporaryDirectory();
    const { place, file, empty } = scene(root.path);
    save(shell, place);
    for (let round = 0; round < 2; round++) {
      empty();
      restore(shell, place);
      expect(readFileSync(file("out/bin/tool"), "utf8")).toBe("tool");
      appendFileSync(file("out/bin/tool"), "!");
      chmodSync(file("out/bin/tool"), 0o600);
    }
  });

  it("is what the project has, whatever has become of the files since the last save", () => {
    const names = ["a", "a/b", "c d", "-e"];
    const step = fc.record({
      name: fc.constantFrom(...names),
      kind: fc.constantFrom("file", "file", "directory", "link", "nothing", "mode"),
      // Of different lengths: of the same size and time, files count as the same.
      content: fc.constantFrom("", "1", "22", "other"),
      second: fc.integer({ min: 1, max: 3 }),
    });
    fc.assert(
      fc.property(
        fc.array(fc.array(step, { minLength: 1, maxLength: 3 }), { minLength: 3, maxLength: 4 }),
        (rounds) => {
          using root = temporaryDirectory();
          const { place, file, empty, stored } = scene(root.path);
          for (let number = 0; number < 12; number++) {
            const name = file(`node_modules/same ${String(number)}`);
            writeFileSync(name, "same");
            utimesSync(name, 1, 1);
          }
          for (const steps of rounds) {
            for (const { name, kind, content, second } of steps) {
              const path = file(join("node_modules", name));
              const parent = join(path, "..");
              if (!existsSync(parent) || !statSync(parent).isDirectory()) continue;
              if (kind === "mode") {
                if (existsSync(path)) chmodSync(path, 0o700 + second);
                continue;
              }
              rmSync(path, { recursive: true, force: true });
              if (kind === "directory") mkdirSync(path);
              if (kind === "link") symlinkSync(content || "nowhere", path);
              if (kind === "file") writeFileSync(path, content);
              if (kind === "file") utimesSync(path, second, second);
            }
            expect(save(shell, place)).toMatchObject({ code: 0, stderr: "" });
            const expected = facts(place.projectDir, "node_modules");
            expect(facts(join(versionOf(stored("deps")), "tree"), "node_modules")).toBe(expected);
            empty();
            restore(shell, place);
            expect(facts(place.projectDir, "node_modules")).toBe(expected);
          }
        },
      ),
      { numRuns: 12 },
    );
  });

  it("is a copy when a name has a line break, or when other paths are wanted", () => {
    using root = temporaryDirectory();
    const { place, file, stored } = scene(root.path);
    const saved = () => {
      appendFileSync(file("node_modules/a b/index.js"), "more");
      expect(save(shell, place, [{ paths }])?.stdout).not.toContain("up to date");
      return inode(join(versionOf(stored("deps")), "tree/out/bin/tool"));
    };
    let paths = ["node_modules", "out/bin"];
    const first = saved();
    expect(saved()).toBe(first);
    paths = ["node_modules", "out"];
    expect(saved()).not.toBe(first);
    mkdirSync(file("out/two\n81a4 0:0 1 1 ./out"), { recursive: true });
    const broken = saved();
    expect(saved()).not.toBe(broken);
  });
});
