import { createCoordinatorClient } from "../coordinator/client.ts";
import { downloadArtifacts } from "../executor/artifact-download.ts";
import { uploadArtifacts } from "../executor/artifact-upload.ts";
import { restoreCache, saveCache } from "../executor/caches.ts";
import { Helper } from "../executor/helper-container.ts";
import type { JobContext } from "../executor/job-context.ts";
import { JobControl, JobEnd } from "../executor/job-end.ts";
import type { JobPlan } from "../job/plan.ts";
import { SpanRecorder } from "../spans/recorder.ts";
import { OutputTail } from "../trace/output-tail.ts";
import type { DriverCall } from "./driver.ts";
import { OutputTrace } from "./output-trace.ts";
import { readJobResponse } from "./plan-session.ts";
import { engineOf } from "./job-engine.ts";
import type { Session } from "./session.ts";

/** Stages of caches and artifacts, as an agent does them: nothing but sh and tar is asked of the helper image. */
const stages: Readonly<Record<string, (context: JobContext, helper: Helper) => Promise<void>>> = {
  restore_cache: restoreCache,
  download_artifacts: downloadArtifacts,
  archive_cache: (context, helper) => saveCache(context, helper, "success"),
  archive_cache_on_failure: (context, helper) => saveCache(context, helper, "failure"),
  upload_artifacts_on_success: (context, helper) => uploadArtifacts(context, helper, "success"),
  upload_artifacts_on_failure: (context, helper) => uploadArtifacts(context, helper, "failure"),
};

/** @throws StageFailure when the stage fails the job */
export async function runOwn(call: DriverCall, session: Session, plan: JobPlan, stage: string): Promise<void> {
  const { clock, identity, env, signal, hostname } = call;
  const { facts } = session;
  const { url, ...tls } = facts.coordinator;
  const [engine, job] = await Promise.all([engineOf(facts), readJobResponse(call.caller.jobResponseFile)]);
  const client = createCoordinatorClient(
    { agent: identity, clock, proxies: env, warn: call.say },
    { url, token: "", systemId: "", tls, traits: { gpus: "", labels: {} } },
  );
  const control = new JobControl();
  const stop = () => control.abort(new JobEnd("canceled", "canceled"));
  signal.addEventListener("abort", stop, { once: true });
  if (signal.aborted) stop();
  const trace = new OutputTrace(call.write);
  const now = clock.monotonic();
  const spans = new SpanRecorder(() => clock.monotonic(), { askedAt: now, receivedAt: now }, stage);
  const context: JobContext = {
    engine,
    plan,
    trace,
    output: new OutputTail(),
    clock,
    control,
    client,
    jobToken: job.token,
    scratch: session.path,
    agentHost: hostname,
    spans,
    // Its section and its heading are the runner's; so are the tries of it.
    stage: (name, body) => spans.phase(name, body),
    record: async () => {},
    uploaded: [],
    // The calling runner has the store: see docs/custom-executor.md.
    remoteCache: async () => null,
    scriptsBeganAt: null,
  };
  try {
    await stages[stage]?.(context, new Helper(engine, facts.helper, trace));
  } finally {
    client.close();
  }
}
