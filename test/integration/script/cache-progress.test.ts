import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { restoreCacheScript, saveCacheScript } from "../../../src/script/cache.ts";
import { CACHE, restore, save, scene } from "./cache-scene.ts";
import { bare, run, shells, temporaryDirectory } from "./shells.ts";

/**
 * Commands under which a copy waits until a line about it is being made, and the watcher does not wait before that;
 * `date` is five seconds later each time it is asked.
 */
function slowCopies(root: string): string {
  const said = `'${join(root, "said")}'`;
  const now = `'${join(root, "now")}'`;
  writeFileSync(join(root, "now"), "100\n");
  rmSync(join(root, "said"), { force: true });
  return [
    `sleep() { command sleep 0.01; }`,
    // The script and its watcher ask at the same time, and must not find half of an answer.
    `date() { read -r now <${now}; echo $now; own=${now}.$(command date +%N); echo $((now + 5)) >"$own"; mv "$own" ${now}; }`,
    `printf() { command printf "$@"; case "$*" in *so\\ far*) : >${said} ;; esac; }`,
    `cp() { [ "$1" = --help ] || { while [ ! -e ${said} ]; do sleep 1; done; rm -f ${said}; }; command cp "$@"; }`,
    "",
  ].join("\n");
}

describe.each(shells)("progress of caches in $name", (shell) => {
  it("is told while a copy goes on, and what it was in all at its end", () => {
    using root = temporaryDirectory();
    const { place, file, empty } = scene(root.path);
    writeFileSync(file("out/bin/large"), Buffer.alloc(3 * 1024 * 1024, "x"));
    const staged = saveCacheScript([CACHE], place, "success");
    if (staged?.kind !== "direct") throw new Error("expected a direct script");
    const saved = run(shell, slowCopies(root.path) + staged.script);
    expect(saved).toMatchObject({ code: 0, stderr: "" });
    expect(bare(saved.stdout)).toMatch(
      /\nCreating cache deps: \d+ MiB so far, \d+ s, \d+ MiB\/s\n(?:.*\n)*Created cache deps: 3 MiB in 3 files, \d+ s, 0 MiB\/s\n[^]*Created cache\n$/,
    );
    empty();
    const restored = run(shell, slowCopies(root.path) + (restoreCacheScript([CACHE], place) ?? ""));
    expect(restored).toMatchObject({ code: 0, stderr: "" });
    expect(bare(restored.stdout)).toMatch(
      /\nExtracting cache deps: \d+ MiB so far, \d+ s, \d+ MiB\/s\n(?:.*\n)*Extracted cache deps: 3 MiB in 3 files, \d+ s, 0 MiB\/s\nSuccessfully extracted cache\n$/,
    );
  });

  it("is not told of what takes no time", () => {
    using root = temporaryDirectory();
    const { place } = scene(root.path);
    expect(save(shell, place)?.stdout).not.toContain("MiB");
    expect(restore(shell, place).stdout).not.toContain("MiB");
  });
});
