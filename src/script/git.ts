import { commandLines } from "./command-lines.ts";
import { environmentLines, type FileVariable } from "./environment.ts";
import type { FetchOptions } from "./fetch-options.ts";
import { externalGitConfig, gitCleanupLines, strangeSubmoduleLines } from "./git-cleanup.ts";
import { cloneLines } from "./git-clone.ts";
import { externalConfigFile } from "./git-config-files.ts";
import { fetchLines } from "./git-fetch.ts";
import type { GitSettings } from "./git-settings.ts";
import { keepObjectFormat } from "./job-cleanup.ts";
import { submoduleLines } from "./git-submodules.ts";
import { helperScript } from "./isolate.ts";
import { quote, quoteAll } from "./quote.ts";
import { caution, error, notice, plain, warning } from "./say.ts";
import { traceLine } from "./xtrace.ts";

export interface GetSourcesOptions extends Omit<FetchOptions, "fetchFlags"> {
  /** From `gitSettings()`: the GIT_* variables. */
  readonly settings: GitSettings;
  readonly sha: string;
  readonly ref: string;
  /** FF_USE_GIT_NATIVE_CLONE: `git clone` for the strategy clone; default false. */
  readonly nativeClone?: boolean;
  /** FF_GIT_URLS_WITHOUT_TOKENS: what git is told of the server is there for any git of the job; default false. */
  readonly loginEverywhere?: boolean;
  /** safe_directory_checkout; default true. */
  readonly safeDirectory?: boolean;
  /** clean_git_config; default true. */
  readonly cleanGitConfig?: boolean;
  /** Lines of config.toml's and the job's hooks, in the order they run. Not run when no sources are fetched. */
  readonly preHooks?: readonly string[];
  readonly postHooks?: readonly string[];
  /** Variables on top of the exec's environment. */
  readonly exports?: readonly { readonly key: string; readonly value: string }[];
  readonly fileVariables?: readonly FileVariable[];
  /** CI_DEBUG_TRACE; default false. Logins and the contents of file variables are never shown. */
  readonly xtrace?: boolean;
  /** `umask 0000`; default true (false under FF_DISABLE_UMASK_FOR_DOCKER_EXECUTOR). */
  readonly openUmask?: boolean;
}

const HOOK_STYLE = { exitCodeCheck: false, sectionPrefix: null };

/**
 * The get_sources stage, for the helper. Run it with the shell that `shellCommand()` finds (hooks may be bash).
 * Exit code: that of the git command or hook line that failed.
 */
export function getSourcesScript(options: GetSourcesOptions): string {
  const { settings, tempDir } = options;
  const environment = environmentLines({
    tempDir,
    exports: options.exports ?? [],
    fileVariables: options.fileVariables ?? [],
  });
  const lines = settings.strategy === "clone" || settings.strategy === "fetch" ? sources(options) : skipped(options);
  return helperScript([...environment, ...traced(options), ...lines], options.openUmask ?? true);
}

/** The clear_worktree stage: once, after a failed get_sources and before its next attempt. */
export function clearWorktreeScript(
  options: Pick<GetSourcesOptions, "projectDir" | "tempDir" | "cleanGitConfig" | "openUmask" | "xtrace">,
): string {
  const { projectDir, tempDir, cleanGitConfig = true } = options;
  const directory = quote(projectDir);
  return helperScript(
    [
      ...traced(options),
      // The attempt may have failed before it came to that.
      ...gitCleanupLines({ projectDir, tempDir, cleanGitConfig, submodules: true }),
      notice("Deleting tracked and untracked files..."),
      `if [ -d ${directory} ]; then`,
      `  cd ${directory}`,
      ...(cleanGitConfig ? [`  if [ -d .git ]; then`, ...keepObjectFormat, `  fi`] : []),
      `  git rm -rf --ignore-unmatch --quiet .`,
      `  git clean -ffdx -q`,
      `fi`,
    ],
    options.openUmask ?? true,
  );
}

function traced({ xtrace }: Pick<GetSourcesOptions, "xtrace">): string[] {
  return xtrace === true ? [traceLine] : [];
}

function skipped(options: GetSourcesOptions): string[] {
  const { settings, projectDir } = options;
  const prepare =
    settings.strategy === "none"
      ? [notice("Skipping Git repository setup"), `mkdir -p ${quote(projectDir)}`]
      : [
          notice("Skipping Git repository setup and creating an empty build directory"),
          ...removeDirectory(projectDir),
          `mkdir -p ${quote(projectDir)}`,
        ];
  return [
    ...prepare,
    ...(options.loginEverywhere === true ? externalConfigFile({ ...options, fetchFlags: [] }) : []),
    notice("Skipping Git checkout"),
    ...submoduleLines({ settings, externalConfig: "" }),
  ];
}

function sources(options: GetSourcesOptions): string[] {
  const { settings, projectDir, tempDir } = options;
  const submodules = settings.submodules.strategy !== "none";
  const hooks = (lines: readonly string[] | undefined) => commandLines(lines ?? [], HOOK_STYLE);
  return [
    ...requireGit(),
    `export GIT_TERMINAL_PROMPT=0 GCM_INTERACTIVE=Never`,
    ...((options.safeDirectory ?? true) ? safeDirectory(submodules ? ["*"] : [projectDir]) : []),
    ...hooks(options.preHooks),
    // With smudging on, every large file would be fetched on its own during the checkout.
    ...(settings.lfs ? [`export GIT_LFS_SKIP_SMUDGE=1`] : []),
    ...(settings.strategy === "clone"
      ? removeDirectory(projectDir)
      : gitCleanupLines({ projectDir, tempDir, cleanGitConfig: options.cleanGitConfig ?? true, submodules })),
    `if [ -d ${quote(projectDir)} ]; then _longshore_used=yes; else _longshore_used=no; fi`,
    ...repository(options),
    ...(settings.checkout ? checkout(options) : [notice("Skipping Git checkout")]),
    ...((options.cleanGitConfig ?? true)
      ? [`if [ "$_longshore_used" = yes ]; then`, ...strangeSubmoduleLines(submodules ? "always" : "where-named"), `fi`]
      : []),
    ...submoduleLines({ settings, externalConfig: externalGitConfig(tempDir) }),
    ...hooks(options.postHooks),
  ];
}

function repository(options: GetSourcesOptions): string[] {
  const { strategy, fetchFlags, cloneFlags = [] } = options.settings;
  return strategy === "clone" && options.nativeClone === true
    ? cloneLines({ ...options, fetchFlags, cloneFlags })
    : fetchLines({ ...options, fetchFlags });
}

function checkout({ settings, sha, ref, depth }: GetSourcesOptions): string[] {
  const clean =
    settings.cleanFlags.length === 0
      ? []
      : [`[ "$_longshore_used" = no ] || git ${quoteAll(["clean", ...settings.cleanFlags])}`];
  return [
    notice(`Checking out ${sha.slice(0, 8)} as detached HEAD (ref is ${ref})...`),
    `if git -c submodule.recurse=false checkout -f -q ${quote(sha)}; then :; else`,
    `  _longshore_code=$?`,
    `  git cat-file -e ${quote(`${sha}^{commit}`)} 2>/dev/null || ${caution(missingCommit(sha, ref, depth))}`,
    `  exit "$_longshore_code"`,
    `fi`,
    ...clean,
    ...(settings.lfs ? pullLargeFiles() : []),
  ];
}

function missingCommit(sha: string, ref: string, depth: number): string {
  const commit = `The commit ${sha.slice(0, 8)} is not among what was fetched`;
  if (depth === 0) {
    return `${commit}: ${ref} was rewritten or removed since the pipeline was created. Run a new pipeline.`;
  }
  return (
    `${commit} with git depth set to ${String(depth)}: it is older than the newest commits of ${ref}, or ${ref} was ` +
    `rewritten since the pipeline was created. Raise GIT_DEPTH (0 fetches the whole history), or run a new pipeline.`
  );
}

/** `git lfs pull` takes as long as all of a small checkout: it is left out where no file is kept by LFS. */
function pullLargeFiles(): string[] {
  return [
    `if git grep -q -e filter=lfs -- .gitattributes '*/.gitattributes'; then`,
    `  if git lfs version >/dev/null 2>&1; then`,
    // An image may have the program without having set git up for it: then a pull would fetch and leave the pointers.
    `    git lfs install --skip-repo >/dev/null 2>&1 || true`,
    `    git lfs pull`,
    `    ${plain("")}`,
    `  else`,
    `    ${warning("the repository keeps files in Git LFS, but the helper image has no git-lfs: these files stay pointers")}`,
    `  fi`,
    `fi`,
  ];
}

function requireGit(): string[] {
  return [
    `command -v git >/dev/null 2>&1 || {`,
    `  ${error("the helper image has no git, which fetches the sources. Use a helper_image with sh, git, git-lfs and tar.")}`,
    `  exit 1`,
    `}`,
  ];
}

/** Git refuses a work tree that belongs to another user, as one of a job with a non-root image does. */
function safeDirectory(directories: readonly string[]): string[] {
  // In the global file: git before 2.38 ignores the setting on the command line and in the environment.
  const text = directories.map((directory) => `[safe]\n\tdirectory = "${directory.replaceAll(/["\\]/g, "\\$&")}"\n`);
  return [`{ printf '%s' ${quote(text.join(""))} >>"\${HOME:-/root}/.gitconfig"; } 2>/dev/null || true`];
}

function removeDirectory(path: string): string[] {
  const directory = quote(path);
  return [
    // Not from inside: the shell and git need a directory that exists.
    `cd /`,
    `[ ! -e ${directory} ] || rm -rf ${directory} 2>/dev/null || { chmod -R u+rwX ${directory}; rm -rf ${directory}; }`,
  ];
}
