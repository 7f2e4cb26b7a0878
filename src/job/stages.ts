/** GitLab Runner's stage names; the section of the same name holds a stage's output. */
export type StageName =
  | "prepare_executor"
  | "prepare_script"
  | "get_sources"
  | "clear_worktree"
  | "restore_cache"
  | "download_artifacts"
  | "step_script"
  | `step_${string}`
  | "after_script"
  | "archive_cache"
  | "archive_cache_on_failure"
  | "upload_artifacts_on_success"
  | "upload_artifacts_on_failure"
  | "cleanup_file_variables";

const headings: Readonly<Record<string, string>> = {
  prepare_executor: 'Preparing the "docker" executor',
  prepare_script: "Preparing environment",
  get_sources: "Getting source from Git repository",
  clear_worktree: "Deleting all tracked and untracked files due to source fetch failure",
  restore_cache: "Restoring cache",
  download_artifacts: "Downloading artifacts",
  after_script: "Running after_script",
  archive_cache: "Saving cache for successful job",
  archive_cache_on_failure: "Saving cache for failed job",
  upload_artifacts_on_success: "Uploading artifacts for successful job",
  upload_artifacts_on_failure: "Uploading artifacts for failed job",
  cleanup_file_variables: "Cleaning up project directory and file based variables",
};

/** The line that GitLab Runner prints at the start of a stage. */
export function stageHeading(stage: StageName): string {
  return headings[stage] ?? `Executing "${stage}" stage of the job script`;
}

/** The stage of a payload's step: `step_script`, `step_release`. */
export function stageOfStep(name: string): StageName {
  return `step_${name.toLowerCase()}`;
}
