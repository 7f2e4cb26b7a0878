import type { PlanInput } from "./plan-input.ts";
import type { ProvenancePlan } from "./plan-provenance.ts";

/** What is there only where a job or config.toml asks for it, about sources and artifacts. */
export interface TransferPlan {
  /** [runners.artifact]: of one try, and of the wait for its answer; default an hour and ten minutes. */
  readonly uploadLimits?: { readonly wholeMs: number; readonly headerMs: number };
  /** Zip archives get a statement about what they hold and where it comes from; default: they don't. */
  readonly provenance?: ProvenancePlan;
}

const usualUploadMs = 3_600_000;
const usualAnswerMs = 600_000;
/** Timers know no more. */
const longestMs = 2 ** 31 - 1;

/** Empty for the usual limits. 0 and less is no limit, as for the reference runner's HTTP client. */
export function uploadLimits({ artifact }: PlanInput["runner"]): Pick<TransferPlan, "uploadLimits"> {
  const { upload_timeout: whole, response_header_timeout: header } = artifact;
  if (whole === usualUploadMs && header === usualAnswerMs) return {};
  const limit = (ms: number) => (ms <= 0 ? longestMs : Math.min(ms, longestMs));
  return { uploadLimits: { wholeMs: limit(whole), headerMs: limit(header) } };
}
