import { mkdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CachePlace, type CacheRequest, restoreCacheScript, saveCacheScript } from "../../../src/script/cache.ts";
import { bare, run, type Shell } from "./shells.ts";

export const CACHE: CacheRequest = {
  key: "deps",
  fallbackKeys: [],
  paths: ["node_modules/", "out/bin"],
  untracked: false,
  policy: "",
  when: "",
};

export function scene(root: string) {
  const place: CachePlace = {
    cacheDir: join(root, "cache"),
    projectPath: "group/project",
    projectDir: join(root, "builds/it's"),
    tempDir: join(root, "builds/it's.tmp"),
    jobName: "build",
    ref: "main",
    fallbackKey: "",
  };
  const file = (name: string) => join(place.projectDir, name);
  const fill = () => {
    mkdirSync(file("node_modules/a b"), { recursive: true });
    mkdirSync(file("out/bin"), { recursive: true });
    writeFileSync(file("node_modules/a b/index.js"), "x");
    writeFileSync(file("out/bin/tool"), "tool");
    writeFileSync(file("out/other"), "not cached");
    utimesSync(file("out/bin/tool"), 1e9, 1e9);
  };
  fill();
  const empty = () => {
    rmSync(place.projectDir, { recursive: true, force: true });
    mkdirSync(file("out"), { recursive: true });
  };
  const stored = (key: string) => join(place.cacheDir, "group/project", key);
  return { place, file, empty, fill, stored };
}

export function save(
  shell: Shell,
  place: CachePlace,
  caches: Partial<CacheRequest>[] = [{}],
  outcome: "success" | "failure" = "success",
) {
  const staged = saveCacheScript(
    caches.map((cache) => ({ ...CACHE, ...cache })),
    place,
    outcome,
  );
  if (staged === null) return null;
  const result = run(
    shell,
    staged.kind === "direct" ? staged.script : staged.finish(run(shell, staged.listScript).bytes),
  );
  return { ...result, stdout: bare(result.stdout) };
}

export function restore(shell: Shell, place: CachePlace, caches: Partial<CacheRequest>[] = [{}]) {
  const script =
    restoreCacheScript(
      caches.map((cache) => ({ ...CACHE, ...cache })),
      place,
    ) ?? "exit 99";
  const result = run(shell, script);
  return { ...result, stdout: bare(result.stdout) };
}
