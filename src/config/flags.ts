import { keyTree, type KeyNode } from "./key-tree.ts";
import type { KeyInfo } from "./keys.ts";
import { runnerSchema } from "./schema-runner.ts";

/** A key of a [[runners]] entry as a flag of `register` and `run-single`. */
export interface RunnerFlag {
  /** Names from the entry on: ["docker", "pull_policy"]. */
  readonly path: readonly string[];
  /** `--docker-pull-policy` */
  readonly flag: string;
  /** The same flag in the spelling that goes by the key, where GitLab Runner's own differs; null otherwise. */
  readonly alias: string | null;
  readonly env: string;
  readonly info: KeyInfo;
}

/** Kinds that a command line can say. */
const kinds: ReadonlySet<KeyInfo["kind"]> = new Set([
  "string",
  "integer",
  "boolean",
  "list",
  "string-or-list",
  "map",
  "boolean-map",
  "list-map",
  "duration",
  "space",
]);

/** How the names of a table's flags and variables begin. */
const prefixes: Readonly<Record<string, { readonly flag: string; readonly env: string }>> = {
  "": { flag: "", env: "RUNNER_" },
  docker: { flag: "docker-", env: "DOCKER_" },
  "docker.daemon": { flag: "docker-daemon-", env: "DOCKER_DAEMON_" },
  custom_build_dir: { flag: "custom_build_dir-", env: "CUSTOM_BUILD_DIR_" },
  cache: { flag: "cache-", env: "CACHE_" },
  "cache.s3": { flag: "cache-s3-", env: "CACHE_S3_" },
  "cache.gcs": { flag: "cache-gcs-", env: "CACHE_GCS_" },
  "cache.azure": { flag: "cache-azure-", env: "CACHE_AZURE_" },
};

/** `ServerSideEncryptionKeyID` -> `server-side-encryption-key-id`, `pull_policy` -> `pull-policy` */
const dashed = (key: string): string =>
  key
    .replace(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1-$2")
    .replaceAll("_", "-")
    .toLowerCase();

/** Every flag, in the schema's order. */
export const runnerFlags: readonly RunnerFlag[] = flagsIn(keyTree(runnerSchema), []);

function flagsIn(nodes: readonly KeyNode[], table: readonly string[]): RunnerFlag[] {
  const prefix = prefixes[table.join(".")];
  if (!prefix) return [];
  return nodes.flatMap(({ name, info, children }): RunnerFlag[] => {
    const path = [...table, name];
    if (info.kind === "table" && children) return flagsIn(children, path);
    if (info.flag === null || !kinds.has(info.kind)) return [];
    const plain = prefix.flag + dashed(name);
    const flag = info.flag === undefined ? plain : prefix.flag + info.flag;
    const env = info.env ?? prefix.env + dashed(name).replaceAll("-", "_").toUpperCase();
    return [{ path, flag: `--${flag}`, alias: flag === plain ? null : `--${plain}`, env, info }];
  });
}
