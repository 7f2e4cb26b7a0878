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
  | "agent-terminated"
  /** The Docker daemon under the job gave no answer for too long: nothing that is asked of it now is answered. */
  | "daemon-lost"
  /** The job's log could not be kept on the agent's disk for too long. */
  | "log-lost";
