import { AgentError } from "../support/errors.ts";

export type GitStrategy = "clone" | "fetch" | "none" | "empty";
export type SubmoduleStrategy = "none" | "normal" | "recursive";

/** The job's GIT_* variables, read (gitlab-runner-features 8.1). */
export interface GitSettings {
  readonly strategy: GitStrategy;
  readonly checkout: boolean;
  /** Of `git clean`; empty: it isn't run. */
  readonly cleanFlags: readonly string[];
  readonly fetchFlags: readonly string[];
  /** GIT_CLONE_EXTRA_FLAGS, for FF_USE_GIT_NATIVE_CLONE; default none. */
  readonly cloneFlags?: readonly string[];
  /** false under GIT_LFS_SKIP_SMUDGE. */
  readonly lfs: boolean;
  readonly submodules: {
    readonly strategy: SubmoduleStrategy;
    /** 0: whole history. */
    readonly depth: number;
    readonly paths: readonly string[];
    readonly updateFlags: readonly string[];
    readonly forceHttps: boolean;
  };
}

const TRUE = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/**
 * `valueOf` gives a job variable's expanded value or "". Throws AgentError GIT_SETTINGS (audience author) for an
 * invalid GIT_SUBMODULE_STRATEGY or GIT_SUBMODULE_PATHS; everything else that is invalid is a warning and the default.
 */
export function gitSettings(
  valueOf: (key: string) => string,
  job: { readonly allowGitFetch: boolean; readonly depth: number },
): { readonly settings: GitSettings; readonly warnings: readonly string[] } {
  const warnings: string[] = [];
  const invalid = (key: string, expected: string, fallback: string) =>
    warnings.push(`${key}: expected ${expected} got "${valueOf(key)}", using default value: ${fallback}`);

  const flag = (key: string, fallback: boolean): boolean => {
    const raw = valueOf(key);
    if (TRUE.has(raw)) return true;
    if (FALSE.has(raw)) return false;
    if (raw !== "") invalid(key, "bool", String(fallback));
    return fallback;
  };
  const integer = (key: string, fallback: number): number => {
    const raw = valueOf(key);
    if (/^[+-]?\d+$/.test(raw)) return Number(raw);
    if (raw !== "") invalid(key, "int", String(fallback));
    return fallback;
  };
  const flags = (key: string, fallback: readonly string[]): readonly string[] => {
    const raw = valueOf(key);
    if (raw === "") return fallback;
    return raw === "none" ? [] : words(raw);
  };

  const fallback = job.allowGitFetch ? "fetch" : "clone";
  const wanted = valueOf("GIT_STRATEGY");
  const strategy = isStrategy(wanted) ? wanted : fallback;
  if (wanted !== "" && strategy !== wanted) {
    const expected = "expected either 'clone', 'fetch', 'none' or 'empty'";
    warnings.push(`GIT_STRATEGY: ${expected} got "${wanted}", using default value '${fallback}'`);
  }
  const sources = strategy === "clone" || strategy === "fetch";
  const cloneFlags = flags("GIT_CLONE_EXTRA_FLAGS", []);
  const settings: GitSettings = {
    strategy,
    checkout: flag("GIT_CHECKOUT", true) && sources,
    cleanFlags: flags("GIT_CLEAN_FLAGS", ["-ffdx"]),
    fetchFlags: flags("GIT_FETCH_EXTRA_FLAGS", ["--prune", "--quiet"]),
    ...(cloneFlags.length > 0 ? { cloneFlags } : {}),
    lfs: !flag("GIT_LFS_SKIP_SMUDGE", false),
    submodules: {
      strategy: sources ? submoduleStrategy(valueOf("GIT_SUBMODULE_STRATEGY")) : "none",
      depth: integer("GIT_SUBMODULE_DEPTH", job.depth),
      paths: submodulePaths(valueOf("GIT_SUBMODULE_PATHS")),
      updateFlags: flags("GIT_SUBMODULE_UPDATE_FLAGS", []),
      forceHttps: flag("GIT_SUBMODULE_FORCE_HTTPS", false),
    },
  };
  return { settings, warnings };
}

function isStrategy(text: string): text is GitStrategy {
  return text === "clone" || text === "fetch" || text === "none" || text === "empty";
}

function submoduleStrategy(text: string): SubmoduleStrategy {
  if (text === "") return "none";
  if (text === "none" || text === "normal" || text === "recursive") return text;
  throw new AgentError("GIT_SETTINGS", `GIT_SUBMODULE_STRATEGY is "${text}"`, {
    hint: "Set GIT_SUBMODULE_STRATEGY to none, normal or recursive.",
    audience: "author",
  });
}

function submodulePaths(text: string): string[] {
  const paths = words(text);
  if (!paths.includes(":(exclude)")) return paths;
  throw new AgentError("GIT_SETTINGS", `GIT_SUBMODULE_PATHS has an exclusion without a path: "${text}"`, {
    hint: 'Write the path right behind it, without a blank: ":(exclude)path".',
    audience: "author",
  });
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== "");
}
