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
  if (options.cleanGitConfig) stale.push(...acting);
  const lines = [
    `  rm -rf ${quoteAll(stale.map((name) => `${git}/${name}`))}`,
    removeLocks(`${git}/refs`),
    ...(options.cleanGitConfig ? [unpackReplacements(`${git}/packed-refs`)] : []),
    ...(options.submodules ? moduleLines(`${git}/modules`, options.cleanGitConfig) : []),
  ];
  return [
    // A job that is over may have put it there, and it leads to what isn't the project's.
    `if [ -L ${quote(options.projectDir)} ]; then rm -f ${quote(options.projectDir)}; fi`,
    ...(options.cleanGitConfig
      ? [`if [ -e ${quote(git)} ] || [ -L ${quote(git)} ]; then`, ...ownDirectory(git), `fi`]
      : []),
    `if [ -d ${quote(git)} ]; then`,
    ...lines,
    `fi`,
  ];
}

/**
 * What git obeys in a repository: settings, programs to run, another directory to read those from, and objects or
 * attributes in place of those that were committed.
 */
const acting = [
  "config",
  "config.worktree",
  "commondir",
  "hooks",
  "info/attributes",
  "info/grafts",
  "refs/replace",
] as const;

/** A file or a link may name a repository that was made beside it, with settings that nobody removes. */
function ownDirectory(git: string): string[] {
  const directories = ["", "/refs", "/info", "/modules"].map((name) => quote(`${git}${name}`));
  const [whole = "", ...parts] = directories;
  return [
    `  if [ -L ${whole} ] || [ ! -d ${whole} ]; then rm -rf ${whole}; fi`,
    `  for _longshore_part in ${parts.join(" ")}; do [ ! -L "$_longshore_part" ] || rm -f "$_longshore_part"; done`,
  ];
}

function unpackReplacements(file: string): string {
  const path = quote(file);
  const kept = quote(`${file}.kept`);
  // Nothing is left where all were replacements; and the name may be a link that leads elsewhere.
  const keep = `rm -rf ${kept}; grep -v ' refs/replace/' ${path} >${kept} || :; mv -f ${kept} ${path}`;
  return `  ! grep -qs ' refs/replace/' ${path} || { ${keep}; }`;
}

/**
 * Commands, run in the project directory after the checkout, that remove the work trees of submodules whose `.git` does
 * not name one of the repositories in the project's own: settings of any other are a job's. Submodules are what the
 * index says, which is what git goes by; other repositories in the project directory git leaves alone, and so do we.
 * Within a submodule all count: which of them are its submodules its next commit says, which is still to be fetched.
 *
 * @param search "where-named" starts no process where there is no `.gitmodules`; git may then know it from the index
 * still, in which a job can hide it: no defence where submodules are entered
 */
export function strangeSubmoduleLines(search: "always" | "where-named"): string[] {
  const judge = [
    `root=$(pwd -P)`,
    `for file; do`,
    // No further than a link that leads away: what is there isn't the project's.
    `  [ "$(cd "\${file%/*}" && pwd -P)/" = "$root/$(dirname "\${file#./}")/" ] || continue`,
    `  target= line=`,
    `  [ -L "$file" ] || [ ! -f "$file" ] || IFS= read -r line <"$file" || :`,
    `  case $line in "gitdir: "*) target=$(cd "\${file%/*}" && cd -P "\${line#gitdir: }" && pwd -P) || target= ;; esac`,
    `  case $target in "$root"/.git/modules/*) ;; *) rm -rf "\${file%/*}" ;; esac`,
    `done`,
  ].join("\n");
  const find = `for path; do [ ! -d "$path" ] || find "$path" -name .git -prune -exec sh -c "$0" sh {} +; done`;
  // Names end with a zero, which not every sed can read.
  const gitlinks = `sed -n 's,^160000 [0-9a-f]* [0-9].,./,p' | tr '\\n\\001' '\\000\\n'`;
  const lines = [
    `  git ls-files -s -z | tr '\\n\\000' '\\001\\n' | ${gitlinks} |`,
    `    xargs -0 sh -ec ${quote(find)} ${quote(judge)} 2>/dev/null`,
  ];
  return search === "always" ? lines : [`if [ -e .gitmodules ]; then`, ...lines, `fi`];
}

function removeLocks(directory: string): string {
  return `  [ ! -d ${quote(directory)} ] || find ${quote(directory)} -name '*.lock' -type f -exec rm -f {} +`;
}

function moduleLines(modules: string, cleanGitConfig: boolean): string[] {
  if (!cleanGitConfig) return [removeLocks(modules)];
  // A branch may be called "config", and a submodule "hooks": those are told apart by where they lie and what is in them.
  const hooks = `for d; do if [ -e "\${d%/*}/HEAD" ] || [ ! -e "$d/HEAD" ]; then rm -rf "$d"; fi; done`;
  const names = acting.filter((name) => !name.includes("/") && name !== "hooks");
  const named = names.map((name) => `-name ${name}`).join(" -o ");
  // Where branches lie a repository may, too: none is without a HEAD.
  const beside = `[ -e "\${f%/*}/HEAD" ] || [ -L "\${f%/*}/HEAD" ] || continue`;
  const files = `for f; do case $f in */refs/*|*/logs/*) ${beside} ;; esac; rm -f "$f"; done`;
  return [
    removeLocks(modules),
    `  if [ -d ${quote(modules)} ]; then`,
    `    find ${quote(modules)} '(' ${named} ')' ! -type d -exec sh -c ${quote(files)} sh {} +`,
    `    find ${quote(modules)} -name hooks '(' -type d -o -type l ')' -prune -exec sh -c ${quote(hooks)} sh {} +`,
    `  fi`,
  ];
}
