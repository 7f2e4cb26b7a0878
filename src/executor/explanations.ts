import type { Daemon } from "../daemon/daemons.ts";
import { nothingRan } from "../explain/containers/ending.ts";
import { explain, type Explanation } from "../explain/explain.ts";
import type { FailureReason } from "../job/failure-reason.ts";
import type { JobOutcome } from "../job/outcome.ts";
import { isOfJob } from "../job/autowire.ts";
import type { JobPlan } from "../job/plan.ts";
import { AgentError, messageOf } from "../support/errors.ts";
import type { OutputTail } from "../trace/output-tail.ts";
import type { AgentContext } from "./agent-context.ts";
import { gatherEvidence } from "./evidence.ts";
import { JobEnd } from "./job-end.ts";
import { StageFailure } from "./stage-failure.ts";

/** What says enough by itself: somebody wanted it so. */
const wanted: readonly FailureReason[] = ["job_canceled", "runner_interrupted"];

export interface EndedJob {
  readonly jobId: number;
  readonly outcome: JobOutcome;
  /** What it failed with. */
  readonly error: unknown;
  readonly daemon: Daemon | null;
  /** Takes the job's secrets out of a text. */
  readonly hide: (text: string) => string;
  /** As it was planned; null when it failed before that. */
  readonly plan: JobPlan | null;
  readonly output: Pick<OutputTail, "lines" | "isWhole" | "succeeded">;
}

/** Why a job failed, and what a job loses that succeeded: the cause first. Never rejects, and takes seconds at most. */
export async function explanationsOf(agent: Pick<AgentContext, "log">, job: EndedJob): Promise<readonly Explanation[]> {
  const { outcome, error: failedWith, daemon, plan } = job;
  try {
    if (outcome.state === "success" && !mayLose(plan, job.output)) return [];
    if (outcome.state === "failed" && (wanted.includes(outcome.reason) || isOfOurDisk(failedWith))) return [];
    const isOfArtifacts = failedWith instanceof StageFailure && failedWith.situation === "artifacts-failed";
    const blameless = outcome.state === "failed" && job.output.succeeded;
    const printed = { output: blameless ? [] : job.output.lines(), outputIsWhole: !blameless && job.output.isWhole() };
    const failure =
      outcome.state === "success"
        ? null
        : {
            exitCode: outcome.exitCode === 0 || isOfArtifacts ? null : outcome.exitCode,
            reason: outcome.reason,
            message: outcome.message,
          };
    const isOfScript = failedWith instanceof StageFailure && failedWith.exitCode !== 0 && !isOfArtifacts;
    const scriptEnd = isOfScript ? failedWith : null;
    return explain(await gatherEvidence({ daemon, plan, failure, scriptEnd, hide: job.hide, ...printed }));
  } catch (error) {
    agent.log.warn({ job: job.jobId, err: error }, `job ${job.jobId} could not be explained: ${messageOf(error)}`);
    return [];
  }
}

/** In the words that a daemon whose disk is full has, too. */
function isOfOurDisk(error: unknown): boolean {
  if (error instanceof JobEnd) return error.kind === "log-lost";
  return error instanceof AgentError && ["TRACE_SPOOL", "JOURNAL_WRITE"].includes(error.code);
}

/** Worth a look when all went well: a daemon of the job's own, and a script of which nobody saw a command. */
function mayLose(plan: JobPlan | null, output: EndedJob["output"]): boolean {
  const ofJob = plan?.services.filter(isOfJob) ?? [];
  if (ofJob.some(({ container }) => /(?:^|\/)docker(?:[:@-]|$)|dind/.test(container.image))) return true;
  // A long output isn't read for it: only of a whole one it can be told.
  return output.isWhole() && nothingRan({ output: output.lines(), outputIsWhole: true });
}
