/** The calls that GitLab Runner measures, by the names of its `endpoint` label. */
export type MeasuredEndpoint = "request_job" | "update_job" | "patch_trace" | "reset_token";

export interface MeasuredCall {
  readonly endpoint: MeasuredEndpoint;
  /** In lower case. */
  readonly method: string;
  /** HTTP status; -1 when there was no usable answer. */
  readonly status: number;
  readonly seconds: number;
}

/** What the client counts. Whoever wires it adds the labels of the runner and keeps the metrics. */
export interface CallMetrics {
  /** gitlab_runner_api_request_statuses_total and gitlab_runner_api_request_duration_seconds. */
  call(measured: MeasuredCall): void;
  /** gitlab_runner_api_request_retries_total{path,method}, which counts every attempt, the first included. */
  attempts(path: string, method: string, count: number): void;
}

export const noCallMetrics: CallMetrics = { call: () => {}, attempts: () => {} };
