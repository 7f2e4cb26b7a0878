/** What GitLab Runner's log says of a stage that a time limit has cut. */
export function timeoutWarning(stage: string): string {
  return (
    `${stage} could not run to completion because the timeout was exceeded. ` +
    "For more control over job and script timeouts see: " +
    "https://docs.gitlab.com/ci/runners/configure_runners/#set-script-and-after_script-timeouts"
  );
}
