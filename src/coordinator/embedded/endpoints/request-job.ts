import { z } from "zod";
import type { Answer } from "../answer.ts";
import { authenticateRunner, type CoordinatorState, type Endpoint } from "../exchange.ts";
import { completePayload } from "../default-payload.ts";
import { readJson, tokensOf } from "../request-body.ts";
import type { RunnerRecord } from "../runner-store.ts";
import { tokenText } from "../../token-text.ts";

const bodySchema = z.object({
  token: tokenText,
  system_id: z.string().nullish(),
  last_update: z.string().nullish(),
  info: z.object({ features: z.record(z.string(), z.unknown()).nullish() }).nullish(),
});

/**
 * POST jobs/request (protocol 3). A runner whose `last_update` is the present tick is held back until something is
 * queued or `longPollMs` are over, as Workhorse does; one that sends none, or an old one, is answered at once.
 */
export const requestJob: Endpoint = async ({ request, signal, clientIsThere }, state) => {
  const body = await readJson(request, bodySchema);
  const runner = authenticateRunner(state, tokensOf(request, body.token));
  const systemId = body.system_id ?? "";
  if (systemId !== "" && !runner.managers.includes(systemId)) runner.managers.push(systemId);

  if (body.last_update && body.last_update === state.jobs.tick(runner)) {
    await tickChanges(state, runner, body.last_update, signal);
    if (state.jobs.tick(runner) === body.last_update) return nothing(body.last_update);
  }
  const tick = state.jobs.tick(runner);
  // No await between the look at the queue and the assignment: a job has one runner, and a closed connection none.
  const job = runner.paused || !clientIsThere() ? undefined : state.jobs.nextFor(runner);
  if (job === undefined) return nothing(tick);
  const startedAt = state.jobs.now();
  const payload = completePayload(job, runner, state.settings, startedAt);
  state.jobs.assign(job, runner, { systemId, features: body.info?.features ?? {} }, startedAt);
  return { status: 201, json: payload };
};

function nothing(tick: string): Answer {
  return { status: 204, headers: { "X-GitLab-Last-Update": tick } };
}

function tickChanges(state: CoordinatorState, runner: RunnerRecord, tick: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      state.events.off("job-changed", look);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const look = () => {
      if (state.jobs.tick(runner) !== tick) done();
    };
    const timer = setTimeout(done, state.settings.longPollMs);
    state.events.on("job-changed", look);
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
    else state.events.emit("request-held", { runnerId: runner.id });
  });
}
