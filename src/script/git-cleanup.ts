import { quote, quoteAll } from "./quote.ts";

/** Holds everything about the server that must not lie in the work tree: URLs with the job's token, certificates. */
export function externalGitConfig(tempDir: string): string {
  return `${tempDir}/.gitlab-runner.ext.conf`;
}

export function gitTemplateDir(tempDir: string): string {
  return `${tempDir}/git-template`;
}

export interface GitCleanupOptions {
  readonly projectDir: string;
  readonly tempDir: string;
  /** Also remove what a job could have left for the next one to execute: git's config and hooks. */
  readonly cleanGitConfig: boolean;
  readonly submodules: boolean;
}

/**
 * Commands that make a work tree of an earlier job usable: no lock files of a git that was killed, no hooks, no
 * config. They start no process where there is no repository.
 */
export function gitCleanupLines(options: GitCleanupOptions): string[] {
  const git = `${options.projectDir}/.git`;
  const stale = ["index.lock", "shallow.lock", "HEAD.lock", "config.lock", "hooks/post-checkout"];
  if (options.cleanGitConfig) stale.push("config", "hooks");
  const lines = [
    `  rm -rf ${quoteAll(stale.map((name) => `${git}/${name}`))}`,
    removeLocks(`${git}/refs`),
    ...(options.submodules ? moduleLines(`${git}/modules`, options.cleanGitConfig) : []),
  ];
  return [`if [ -d ${quote(git)} ]; then`, ...lines, `fi`];
}

function removeLocks(directory: string): string {
  return `  [ ! -d ${quote(directory)} ] || find ${quote(directory)} -name '*.lock' -type f -exec rm -f {} +`;
}

function moduleLines(modules: string, cleanGitConfig: boolean): string[] {
  if (!cleanGitConfig) return [removeLocks(modules)];
  // A branch may be called "config", and a submodule "hooks": those are told apart by where they lie and what is in them.
  const hooks = `for d; do [ -e "$d/HEAD" ] || rm -rf "$d"; done`;
  return [
    removeLocks(modules),
    `  if [ -d ${quote(modules)} ]; then`,
    `    find ${quote(modules)} -name config -type f ! -path '*/refs/*' ! -path '*/logs/*' -exec rm -f {} +`,
    `    find ${quote(modules)} -name hooks -type d -prune -exec sh -c ${quote(hooks)} sh {} +`,
    `  fi`,
  ];
}
