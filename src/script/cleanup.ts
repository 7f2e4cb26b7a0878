import { fileNameOf } from "../job/variables.ts";
import { gitlabEnvPath } from "./environment.ts";
import { externalGitConfig, gitCleanupLines } from "./git-cleanup.ts";
import { gitLoginFiles } from "./git-logins.ts";
import type { GitSettings } from "./git-settings.ts";
import { helperScript } from "./isolate.ts";
import { jobCleanupLines } from "./job-cleanup.ts";
import { quote, quoteAll } from "./quote.ts";

export interface CleanupOptions {
  readonly projectDir: string;
  readonly tempDir: string;
  /** Names of the job's file variables, which lie in `tempDir`. */
  readonly fileKeys: readonly string[];
  /** clean_git_config; default true. */
  readonly cleanGitConfig?: boolean;
  /** FF_ENABLE_JOB_CLEANUP; default null: off. */
  readonly jobCleanup?: GitSettings | null;
  /** The job had submodules; default false. */
  readonly submodules?: boolean;
}

/** The cleanup_file_variables stage: file variables, the GITLAB_ENV file, git credentials and hooks, staged artifacts. */
export function cleanupScript(options: CleanupOptions): string {
  const { projectDir, tempDir } = options;
  const files = [
    gitlabEnvPath(tempDir),
    externalGitConfig(tempDir),
    ...options.fileKeys.map((key) => `${tempDir}/${fileNameOf(key)}`),
  ];
  const cleanGitConfig = options.cleanGitConfig ?? true;
  return helperScript(
    [
      `rm -f ${quoteAll(files)}`,
      `rm -rf ${quote(`${tempDir}/`)}artifacts-* ${quote(gitLoginFiles(tempDir))}*`,
      ...gitCleanupLines({ projectDir, tempDir, cleanGitConfig, submodules: options.submodules ?? false }),
      ...(options.jobCleanup ? jobCleanupLines(projectDir, options.jobCleanup, cleanGitConfig) : []),
    ],
    true,
  );
}
