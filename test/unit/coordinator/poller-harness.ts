import { vi } from "vitest";
import { systemClock } from "../../../src/support/clock.ts";
import type { JobRequestAnswer } from "../../../src/coordinator/job-request.ts";
import { jobPayloadSchema } from "../../../src/coordinator/job-payload.ts";
import type { HandedOutJob, JobSlot, PollEntry } from "../../../src/coordinator/poll-entry.ts";
import { Poller, type PollerSettings } from "../../../src/coordinator/poller.ts";

/** A question that the poller has in flight; the test answers it. */
export interface Question {
  readonly entry: PollEntry;
  readonly longPoll: boolean;
  readonly signal: AbortSignal;
  answer(answer: JobRequestAnswer): void;
  break(error: Error): void;
}

/** A job that was dispatched; the test ends it. */
export interface Running {
  readonly entry: PollEntry;
  readonly job: HandedOutJob;
  readonly slot: JobSlot;
  end(): void;
  break(error: Error): void;
}

export function entry(key: string, overrides: Partial<PollEntry> = {}): PollEntry {
  return {
    key,
    name: key,
    limit: 0,
    requestConcurrency: 1,
    adaptiveConcurrency: true,
    strictCheckInterval: false,
    health: { failures: 3, intervalMs: 3_600_000 },
    ...overrides,
  };
}

const plain = { retried: false, retryAfterMs: null };
export const none: JobRequestAnswer = { ...plain, kind: "none" };
export const forbidden: JobRequestAnswer = { ...plain, kind: "forbidden", reason: "403 Forbidden" };

export function failed(status: number | null, retryAfterMs: number | null = null): JobRequestAnswer {
  return { retried: false, retryAfterMs, kind: "failed", status, reason: `failed ${status}` };
}

export function job(id: number, projectId = 1): JobRequestAnswer {
  const payload = jobPayloadSchema.parse({ id, token: "t", job_info: { project_id: projectId }, git_info: {} });
  const tls = { caChain: "", cert: "", key: "" };
  return { ...plain, kind: "job", job: payload, correlationId: "", tls, askedAt: 0, receivedAt: 0 };
}

/** A poller on vitest's fake timers whose questions and jobs are the test's to end. */
export function startPoller(settings: Partial<PollerSettings<PollEntry>> & { entries: readonly PollEntry[] }) {
  const asking: Question[] = [];
  const running: Running[] = [];
  const events: string[] = [];
  let questions = 0;
  const full = { concurrent: 1, checkIntervalMs: 3000, ...settings };
  const poller = new Poller<PollEntry>(full, {
    clock: systemClock,
    random: () => 1,
    work: {
      requestJob: (asked, longPoll, signal) =>
        new Promise((resolve, reject) => {
          questions++;
          const done = () => asking.splice(asking.indexOf(question), 1);
          const question: Question = {
            entry: asked,
            longPoll,
            signal,
            answer: (answer) => (done(), resolve(answer)),
            break: (error) => (done(), reject(error)),
          };
          asking.push(question);
          signal.addEventListener("abort", () => question.break(signal.reason as Error), { once: true });
        }),
      dispatch: (owner, dispatched, slot) =>
        new Promise((resolve, reject) => {
          const done = () => running.splice(running.indexOf(one), 1);
          const one: Running = {
            entry: owner,
            job: dispatched,
            slot,
            end: () => (done(), resolve()),
            break: (error) => (done(), reject(error)),
          };
          running.push(one);
        }),
    },
    observer: {
      asked: () => {},
      answered: () => {},
      healthCheckFailed: ({ name }) => events.push(`${name} check failed`),
      becameUnhealthy: ({ name }) => events.push(`${name} unhealthy`),
      obstructed: ({ name }, reason) => events.push(reason === null ? `${name} free` : `${name} obstructed: ${reason}`),
      checkForced: ({ name }) => events.push(`${name} forced`),
      broke: ({ name }, error) => events.push(`${name} broke: ${String(error)}`),
    },
  });
  return {
    poller,
    asking,
    running,
    events,
    questions: () => questions,
    reload: (changed: Partial<PollerSettings<PollEntry>>) => poller.reload(Object.assign(full, changed)),
    /** Lets everything happen that needs no time. */
    settle: () => vi.advanceTimersByTimeAsync(0),
    /** Answers the one question in flight, of `key` when that is given. */
    answer: async (answer: JobRequestAnswer, key?: string) => {
      const question = asking.find((each) => key === undefined || each.entry.key === key);
      if (question === undefined) throw new Error(`nothing is asked${key === undefined ? "" : ` for ${key}`}`);
      question.answer(answer);
      await vi.advanceTimersByTimeAsync(0);
      return question;
    },
  };
}
