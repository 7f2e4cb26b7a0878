import { spawnSync } from "node:child_process";
import { posix } from "node:path";
import { gitEnvironment } from "./git-environment.ts";
import type { RepositorySnapshot } from "./repository-snapshot.ts";

/** The files of a snapshot's commit, as the pipeline's YAML asks for them. */
export interface SnapshotFiles {
  /** A file's text; null when the commit has no such file. */
  read(path: string): string | null;
  list(): readonly string[];
  /** Id of a file's contents; null when the commit has no such file. */
  blobId(path: string): string | null;
  /** Files that differ from the point where the commit's branch left `ref`; null when there is no such ref. */
  changedSince(ref: string): readonly string[] | null;
}

const limitMs = 30_000;
const largestOutput = 64 << 20;

/** Synchronous, as the compiler is; each question is one short git over a local repository. */
export function snapshotFiles(
  snapshot: Pick<RepositorySnapshot, "directory" | "sha">,
  environment: Readonly<Record<string, string | undefined>>,
): SnapshotFiles {
  const ask = (...args: string[]): string | null => {
    const result = spawnSync("git", ["--git-dir", snapshot.directory, ...args], {
      env: gitEnvironment(environment),
      encoding: "utf8",
      timeout: limitMs,
      maxBuffer: largestOutput,
      stdio: ["ignore", "pipe", "ignore"],
    });
    return result.status === 0 ? result.stdout : null;
  };
  const objectOf = (path: string) => `${snapshot.sha}:${posix.normalize(path)}`;
  const lines = (text: string) => text.split("\0").filter((line) => line !== "");
  return {
    read: (path) => ask("cat-file", "blob", objectOf(path)),
    list: () => lines(ask("ls-tree", "-r", "-z", "--name-only", snapshot.sha) ?? ""),
    blobId: (path) => ask("rev-parse", "--verify", "--quiet", objectOf(path))?.trim() ?? null,
    changedSince: (ref) => {
      const changed = ask("diff", "--name-only", "-z", `${ref}...${snapshot.sha}`, "--");
      return changed === null ? null : lines(changed);
    },
  };
}
