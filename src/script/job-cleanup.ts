import type { GitSettings } from "./git-settings.ts";
import { quote, quoteAll } from "./quote.ts";
import { notice } from "./say.ts";

/**
 * FF_ENABLE_JOB_CLEANUP: what the job has left in the work tree goes at its end, not at the beginning of the next. To
 * come after the repository's settings are gone: git would obey those that the job has made.
 */
export function jobCleanupLines(projectDir: string, { strategy, cleanFlags }: GitSettings): string[] {
  if (strategy === "none") return [notice("Skipping build directory cleanup step")];
  if (strategy !== "fetch") return [`rm -rf ${quote(projectDir)}`];
  // The files may be another user's.
  const git = `git -C ${quote(projectDir)} -c safe.directory='*'`;
  return [
    `if [ -d ${quote(`${projectDir}/.git`)} ]; then`,
    ...(cleanFlags.length === 0 ? [] : [`  ${git} clean ${quoteAll(cleanFlags)} || :`]),
    `  ${git} reset --hard || :`,
    `fi`,
  ];
}
