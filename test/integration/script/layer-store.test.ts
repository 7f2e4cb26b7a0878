import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { storeCheckScript, storeEndScript, storeQuietScript } from "../../../src/script/layer-store.ts";
import { type Shell, shells, temporaryDirectory } from "./shells.ts";

/** Objects are lines of files; those of a kind that is `stuck` stay. */
const docker = `#!/bin/sh
cd "$(dirname "$0")/../objects" || exit 1
[ "$1 $2" = "-H unix:///var/run/docker.sock" ] || exit 9
shift 2
echo "$*" >>calls
drop() { kind=$1; shift 3; [ -e stuck-$kind ] || for id; do grep -vx "$id" $kind >next; mv next $kind; done; }
case "$1 $2" in
"ps -aq" | "ps -q") cat containers ;;
"volume ls") cat volumes ;;
"network ls") cat networks ;;
"image ls") cat images; cat images ;;
"image inspect") [ ! -e unreadable ] ;;
"rm -fv") drop containers "$@" ;;
"volume rm") shift; drop volumes "$@" ;;
"network rm") drop networks "$@" ;;
esac
`;

interface Scene extends Disposable {
  readonly store: string;
  /** Adds something to the daemon's objects, or makes one of the files that change how it acts. */
  set(name: string, ...lines: string[]): void;
  get(name: string): string[];
  run(shell: Shell, script: string, ...words: string[]): { readonly code: number | null; readonly output: string };
}

/** A store of overlay2 with two images of one and two layers. */
function scene(): Scene {
  const root = temporaryDirectory();
  const at = (...parts: string[]) => join(root.path, ...parts);
  for (const path of [
    "bin",
    "objects",
    "store/swarm",
    "store/plugins/storage",
    "store/image/overlay2/imagedb/content/sha256",
  ])
    mkdirSync(at(path), { recursive: true });
  writeFileSync(at("bin/docker"), docker);
  chmodSync(at("bin/docker"), 0o755);
  mkdirSync(at("store/overlay2/l"), { recursive: true });
  for (const [layer, parent] of [
    ["one", ""],
    ["two", "one"],
  ] as const) {
    const entry = at("store/image/overlay2/layerdb/sha256", layer);
    mkdirSync(entry, { recursive: true });
    mkdirSync(at("store/overlay2", `${layer}-files`, "diff"), { recursive: true });
    for (const file of ["diff", "size", "tar-split.json.gz"]) writeFileSync(join(entry, file), "x");
    writeFileSync(join(entry, "cache-id"), `${layer}-files`);
    writeFileSync(at("store/overlay2", `${layer}-files`, "link"), layer.toUpperCase());
    symlinkSync(`../${layer}-files/diff`, at("store/overlay2/l", layer.toUpperCase()));
    if (parent === "") continue;
    writeFileSync(join(entry, "parent"), parent);
    writeFileSync(at("store/overlay2", `${layer}-files`, "lower"), "l/ONE");
  }
  const set = (name: string, ...lines: string[]) =>
    writeFileSync(at("objects", name), lines.map((line) => `${line}\n`).join(""));
  for (const name of ["containers", "volumes", "networks"]) set(name);
  set("images", "sha256:a", "sha256:b");
  for (const id of ["a", "b"]) writeFileSync(at("store/image/overlay2/imagedb/content/sha256", id), "{}");
  return {
    store: at("store"),
    set,
    get: (name) => readFileSync(at("objects", name), "utf8").split("\n").slice(0, -1),
    run: (shell, script, ...words) => {
      const [file = "", ...args] = shell.command;
      const env = { PATH: `${at("bin")}:${process.env["PATH"] ?? ""}` };
      const result = spawnSync(file, [...args, "-c", script, at("store"), ...words], { env, timeout: 30_000 });
      return { code: result.status, output: result.stdout.toString() };
    },
    [Symbol.dispose]: () => root[Symbol.dispose](),
  };
}

describe.each(shells.map((shell) => [shell.name, shell] as const))("the check of a layer store in %s", (_, shell) => {
  it("finds nothing wrong with a whole one", () => {
    using whole = scene();
    expect(whole.run(shell, storeCheckScript, "clean", "2")).toEqual({ code: 0, output: "" });
    expect(whole.run(shell, storeCheckScript, "clean", "")).toEqual({ code: 0, output: "" });
    expect(whole.run(shell, storeCheckScript, "unclean", "7")).toEqual({ code: 0, output: "" });
  });

  it("finds nothing wrong with an empty one, nor with one that has no such files as containerd's", () => {
    using empty = scene();
    rmSync(join(empty.store, "image"), { recursive: true });
    expect(empty.run(shell, storeCheckScript, "clean", "2")).toEqual({ code: 0, output: "" });
    empty.set("images");
    expect(empty.run(shell, storeCheckScript, "unclean", "")).toEqual({ code: 0, output: "" });
  });

  it("removes containers, volumes and networks, and no image", () => {
    using used = scene();
    used.set("containers", "c1", "c2");
    used.set("volumes", "v1");
    used.set("networks", "n1", "n2");
    expect(used.run(shell, storeCheckScript, "clean", "2").code).toBe(0);
    expect(["containers", "volumes", "networks"].flatMap(used.get)).toEqual([]);
    expect(used.get("images")).toHaveLength(2);
  });

  const files = "image/overlay2/layerdb/sha256/two";
  it.each<[string, (broken: Scene) => void, RegExp]>([
    [
      "a layer's size is cut off",
      ({ store }) => writeFileSync(join(store, files, "size"), ""),
      /the layer two lacks its size/,
    ],
    [
      "a layer's list of files is gone",
      ({ store }) => rmSync(join(store, files, "tar-split.json.gz")),
      /two lacks its tar-split/,
    ],
    [
      "a layer's files are gone",
      ({ store }) => rmSync(join(store, "overlay2/two-files/diff"), { recursive: true }),
      /files of the layer two are gone/,
    ],
    [
      "a layer's short name leads nowhere",
      ({ store }) => rmSync(join(store, "overlay2/l/TWO")),
      /layer two can't be found/,
    ],
    [
      "a layer has lost what it lies on",
      ({ store }) => rmSync(join(store, "overlay2/two-files/lower")),
      /two does not know what it lies on/,
    ],
    ["the daemon leaves an image out", ({ set }) => set("images", "sha256:a"), /can read only 1 of its 2 images/],
    [
      "there are fewer images than there were",
      ({ set, store }) => {
        set("images");
        rmSync(join(store, "image/overlay2/imagedb"), { recursive: true });
      },
      /it has 0 images, and had 2/,
    ],
    [
      "a container can't be removed",
      ({ set }) => {
        set("containers", "c1");
        set("stuck-containers");
      },
      /containers of an earlier job can't be removed/,
    ],
    [
      "the daemon is a part of a swarm",
      ({ store }) => writeFileSync(join(store, "swarm/docker-state.json"), "{}"),
      /swarm/,
    ],
    ["it has a plugin", ({ store }) => mkdirSync(join(store, "plugins/0123")), /plugin/],
  ])("says so when %s", (_name, damage, words) => {
    using broken = scene();
    damage(broken);
    const { code, output } = broken.run(shell, storeCheckScript, "clean", "2");
    expect([code, output]).toEqual([3, expect.stringMatching(new RegExp(`^broken .*${words.source}`))]);
  });

  it("reads every image when its daemon was killed", () => {
    using broken = scene();
    broken.set("unreadable");
    expect(broken.run(shell, storeCheckScript, "clean", "2").code).toBe(0);
    expect(broken.run(shell, storeCheckScript, "unclean", "").output).toMatch(
      /^broken some of its images can't be read/,
    );
  });

  it("knows the directories of vfs", () => {
    using other = scene();
    const layer = join(other.store, "image/vfs/layerdb/sha256/one");
    mkdirSync(layer, { recursive: true });
    for (const file of ["cache-id", "diff", "size", "tar-split.json.gz"]) writeFileSync(join(layer, file), "x");
    expect(other.run(shell, storeCheckScript, "clean", "2").output).toMatch(/the files of the layer one are gone/);
    mkdirSync(join(other.store, "vfs/dir/x"), { recursive: true });
    expect(other.run(shell, storeCheckScript, "clean", "2").code).toBe(0);
  });
});

describe.each(shells.map((shell) => [shell.name, shell] as const))("the end of a layer store in %s", (_, shell) => {
  it("takes away what the job left, and tells images, size, and that all is on the disk", () => {
    using used = scene();
    used.set("containers", "c1");
    writeFileSync(join(used.store, "big"), Buffer.alloc(3 * 1024 * 1024, 1));
    const { output } = used.run(shell, storeEndScript);
    expect(output).toMatch(/^images 2\nsynced\nkilobytes (3[1-9]\d\d)\n$/);
    expect(used.get("containers")).toEqual([]);
  });

  it("kills what runs when the job is cut, and removes nothing", () => {
    using used = scene();
    used.set("containers", "c1", "c2");
    used.run(shell, storeQuietScript);
    expect(used.get("calls")).toContain("kill c1 c2");
    expect(used.get("containers")).toEqual(["c1", "c2"]);
  });
});
