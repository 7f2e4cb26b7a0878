/** Why a job ends before its script has. */
export type EndCause =
  /** Cancelled by a user: the script stops, after_script still runs. */
  | "canceled"
  /** The coordinator doesn't want the job any more: everything stops, nothing is reported but what it asks for. */
  | "aborted"
  | "job-timeout"
  | "script-timeout"
  | "prepare-timeout"
  | "get-sources-timeout"
  | "agent-terminated";
