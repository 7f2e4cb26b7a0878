import { strangeSubmoduleLines } from "./git-cleanup.ts";
import type { GitSettings } from "./git-settings.ts";
import { quote, quoteAll } from "./quote.ts";
import { notice } from "./say.ts";

/**
 * FF_ENABLE_JOB_CLEANUP: what the job has left in the work tree goes at its end, not at the beginning of the next. To
 * come after the repository's settings are gone: git would obey those that the job has made.
 *
 * @param cleanGitConfig whether they are gone; then git also enters no submodule with a repository of the job's own
 */
export function jobCleanupLines(
  projectDir: string,
  { strategy, cleanFlags, submodules }: GitSettings,
  cleanGitConfig: boolean,
): string[] {
  if (strategy === "none") return [notice("Skipping build directory cleanup step")];
  if (strategy !== "fetch") return [`cd /`, `rm -rf ${quote(projectDir)}`];
  const clean = cleanFlags.length === 0 ? [] : [["git", "clean", ...cleanFlags]];
  const commands = [...clean, ["git", "reset", "--hard"]];
  const recursive = submodules.strategy === "recursive" ? ["--recursive"] : [];
  const below = [["git", "submodule", "init"], ...commands.map((command) => foreach(recursive, command))];
  const run = (command: readonly string[]) => `  ${quoteAll(command)} || :`;
  const git = `${projectDir}/.git`;
  return [
    `if [ -d ${quote(git)} ]; then`,
    `  cd ${quote(projectDir)}`,
    ...(cleanGitConfig ? keepObjectFormat : []),
    // The files may be another user's.
    `  export GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*'`,
    ...commands.map(run),
    ...(submodules.strategy === "none" ? [] : inSubmodules(below.map(run), cleanGitConfig)),
    `fi`,
  ];
}

function inSubmodules(lines: readonly string[], cleanGitConfig: boolean): readonly string[] {
  return cleanGitConfig ? [`  if`, ...strangeSubmoduleLines("always"), `  then`, ...lines, `  fi`] : lines;
}

const sha256 = "[core]\n\trepositoryformatversion = 1\n[extensions]\n\tobjectformat = sha256\n";

/**
 * Of the settings that are gone git can't do without one: the kind of the object names, which HEAD shows. To be run in
 * the project directory.
 */
export const keepObjectFormat: readonly string[] = [
  `  IFS= read -r _longshore_head <.git/HEAD || :`,
  `  [ "\${#_longshore_head}" -ne 64 ] || printf '%s' ${quote(sha256)} >.git/config`,
];

function foreach(recursive: readonly string[], command: readonly string[]): string[] {
  return ["git", "submodule", "foreach", ...recursive, ...command];
}
