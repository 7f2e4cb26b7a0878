import type { GitSettings } from "./git-settings.ts";
import { quoteAll } from "./quote.ts";
import { caution, notice } from "./say.ts";

export interface SubmoduleOptions {
  readonly settings: GitSettings;
  /** File with the URLs that hold credentials: submodules don't see the main repository's configuration. */
  readonly externalConfig: string;
}

/** Commands, run in the project directory, that bring the submodules to the checked out commit. */
export function submoduleLines({ settings, externalConfig }: SubmoduleOptions): string[] {
  const { strategy, depth, paths, updateFlags } = settings.submodules;
  if (strategy === "none") return [notice("Skipping Git submodules setup")];
  const recursive = strategy === "recursive" ? ["--recursive"] : [];
  const limit = paths.length === 0 ? [] : ["--", ...paths];
  const authenticated = ["-c", `include.path=${externalConfig}`];
  const git = (...words: string[]) => `git ${quoteAll(words)}`;
  const foreach = (...words: string[]) => git("submodule", "foreach", ...recursive, ...words);

  const sync = git("submodule", "sync", ...recursive, ...limit);
  const update = git(
    ...authenticated,
    "submodule",
    "update",
    "--init",
    ...recursive,
    ...(depth > 0 ? ["--depth", String(depth)] : []),
    ...updateFlags,
    ...limit,
  );
  const clean = foreach("git", "clean", ...(settings.cleanFlags.length > 0 ? settings.cleanFlags : ["-ffdx"]));
  const reset = foreach("git", "reset", "--hard");
  // Branches other than the default one are only known after all heads were fetched.
  const heads = updateFlags.some((flag) => flag.toLowerCase() === "--remote")
    ? [
        git(
          ...authenticated,
          "submodule",
          "foreach",
          ...recursive,
          "git",
          "fetch",
          "origin",
          "+refs/heads/*:refs/remotes/origin/*",
        ),
      ]
    : [];
  return [
    notice(
      `Updating/initializing submodules${recursive.length > 0 ? " recursively" : ""}` +
        `${depth > 0 ? ` with git depth set to ${String(depth)}` : ""}...`,
    ),
    git("submodule", "init"),
    sync,
    clean,
    reset,
    `if ${update}; then`,
    notice("Updated submodules"),
    sync,
    `else`,
    caution("Updating submodules failed. Retrying..."),
    ...heads,
    sync,
    update,
    reset,
    `fi`,
    clean,
    notice("Configuring submodules to use parent git credentials..."),
    git("submodule", "foreach", "--recursive", "git", "config", "--replace-all", "include.path", externalConfig),
    ...(settings.lfs
      ? [
          `if git lfs version >/dev/null 2>&1; then`,
          notice("Pulling LFS files..."),
          git(...authenticated, "submodule", "foreach", ...recursive, "git", "lfs", "pull"),
          `fi`,
        ]
      : []),
  ];
}
