import type { ReceivedJob } from "../coordinator/job-request.ts";
import { shortToken } from "../coordinator/token.ts";
import type { CoordinatorClient } from "../coordinator/client.ts";
import type { RunnerConfig } from "../config/schema.ts";
import { jobFeatureFlags } from "../job/job-variables.ts";
import { Variables } from "../job/variables.ts";
import type { JobRecord } from "../journal/job-record.ts";
import { JobJournal } from "../journal/journal.ts";
import type { JobTrace } from "../trace/job-trace.ts";
import { openJobTrace } from "../trace/open-job-trace.ts";
import { isTooShortToHide } from "../support/shortest-secret.ts";
import { OutputTail } from "../trace/output-tail.ts";
import { TraceUploader } from "../trace/uploader.ts";
import type { AgentContext } from "./agent-context.ts";
import { type JobControl, JobEnd } from "./job-end.ts";
import { logTrouble } from "./log-trouble.ts";

/** A job's journal, log and the way of both to the coordinator. */
export interface JobLog {
  readonly journal: JobJournal;
  readonly trace: JobTrace;
  readonly uploader: TraceUploader;
  /** What the script printed last. */
  readonly output: OutputTail;
  /** Closes the files; the journal stays. */
  close(): Promise<void>;
}

export interface JobLogRequest {
  readonly received: ReceivedJob;
  readonly runner: RunnerConfig;
  readonly client: CoordinatorClient;
  readonly slot: { readonly runner: number; readonly project: number };
}

/** Where an earlier run of the agent left a job's log. */
export interface LeftLog {
  readonly path: string;
  readonly record: Pick<JobRecord, "checkpoint" | "acknowledged" | "masks">;
}

/** Opens the journal first: from then on the job can't be forgotten. */
export async function openJobLog(
  agent: AgentContext,
  request: JobLogRequest,
  control: JobControl,
  left: LeftLog | null = null,
): Promise<JobLog> {
  const { received, runner, client } = request;
  const { job } = received;
  const { clock, state, log } = agent;
  const entry = {
    url: runner.url,
    runner: shortToken(runner.token),
    name: runner.name,
    systemId: agent.systemId,
    slot: request.slot.project,
    runnerSlot: request.slot.runner,
    daemon: runner.docker.host,
  };
  const { patienceMs } = agent.stateRoom;
  const journal =
    left === null
      ? await JobJournal.create(state, received, entry, clock, patienceMs)
      : await JobJournal.reopen(left.path, clock, patienceMs);
  const flags = jobFeatureFlags({ payload: job, runner }).values;
  const layer = new Variables(job.variables.map((variable) => ({ ...variable, internal: false })));
  const credentials = job.credentials.map((credential) => credential.password);
  const output = new OutputTail();
  const { trace, spool, close } = await openJobTrace({
    tail: output,
    ...(left?.record.checkpoint ? { resume: left.record.checkpoint } : {}),
    spoolPath: journal.spoolPath,
    recordCheckpoint: (checkpoint, committedBytes) => journal.recordCheckpoint(checkpoint, committedBytes),
    recordMasks: (values) => journal.append({ type: "masksAdded", values }),
    earlierMasks: left?.record.masks ?? [],
    onTrouble: logTrouble(agent, job.id, control),
    patienceMs,
    clock,
    secrets: [...[job.token, ...credentials].filter((secret) => !isTooShortToHide(secret)), ...layer.masked()],
    tokens: {
      allDefaultTokens: flags["FF_MASK_ALL_DEFAULT_TOKENS"] !== false,
      prefixes: job.features?.token_mask_prefixes ?? [],
    },
    timestamps: flags["FF_TIMESTAMPS"] !== false,
    sections: job.features?.trace_sections ?? false,
    outputLimitKilobytes: runner.output_limit,
  });
  const uploader = new TraceUploader({
    api: client.jobApi(job.id, job.token),
    spool,
    clock,
    debugTrace: layer.flag("CI_DEBUG_TRACE") && !runner.debug_trace_disabled,
    touchAfterMs: agent.touchAfterMs,
    acknowledged: left?.record.acknowledged ?? 0,
    finalUpdateRetryLimit: runner.job_status_final_update_retry_limit,
    onAcknowledged: (offset) => journal.acknowledged(offset),
    onCancel: () => control.cancel(),
    onAbort: () => control.abort(new JobEnd("aborted", "the coordinator does not want the job any more")),
    onProblem: (problem) => log.warn({ job: job.id }, problem),
  });
  return { journal, trace, uploader, output, close };
}
