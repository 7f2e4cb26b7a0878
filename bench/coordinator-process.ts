// The coordinator of a bench, in a process of its own so that its work is not done in anybody else's time. Started by
// coordinator.ts, with the host name of its URL as the only argument; ends when its parent does.
import type { JobParts } from "../src/coordinator/embedded/job-record.ts";
import { startCoordinator } from "../src/coordinator/embedded/server.ts";
import { type CoordinatorDesk, type DeskCall, type DeskMessage, tokenPlaceholder } from "./coordinator-desk.ts";
import type { JobTimeline, Patch } from "./timeline.ts";

/** Durations must not depend on whether somebody sets the machine's clock. */
const clockOffset = (): number => Date.now() - performance.now();

type Growing = { -readonly [Key in keyof JobTimeline]: JobTimeline[Key] } & { readonly patches: Patch[] };

const host = process.argv[2] ?? "127.0.0.1";
const coordinator = await startCoordinator({ listen: [`${host}:0`], environment: process.env });
const timelines = new Map<number, Growing>();
const offsets = new Map<number, number>();
const nowFor = (id: number): number => performance.now() + (offsets.get(id) ?? Number.NaN);
const requests: Record<string, number> = {};

const timelineOf = (id: number): Growing => {
  let timeline = timelines.get(id);
  if (timeline === undefined) {
    const never = Number.NaN;
    const times = { added: never, assigned: never, started: never, finished: never };
    timelines.set(id, (timeline = { id, state: "", failureReason: "", ...times, patches: [], clockStep: 0 }));
    offsets.set(id, clockOffset());
  }
  return timeline;
};

coordinator.events.on("job-assigned", ({ jobId }) => void (timelineOf(jobId).assigned = nowFor(jobId)));
coordinator.events.on("job-started", ({ jobId }) => void (timelineOf(jobId).started = nowFor(jobId)));
coordinator.events.on("job-finished", ({ jobId }) => void (timelineOf(jobId).finished = nowFor(jobId)));
coordinator.events.on("trace-appended", ({ jobId, offset, bytes }) => {
  timelineOf(jobId).patches.push({ at: nowFor(jobId), offset, bytes: bytes.length });
});
coordinator.events.on("request", ({ endpoint }) => void (requests[endpoint] = (requests[endpoint] ?? 0) + 1));

const desk: CoordinatorDesk = {
  addRunner: async (tag) => {
    const { id, token } = coordinator.addRunner({ description: tag, tags: [tag], runUntagged: false });
    return { id, token };
  },
  asked: (runnerId, limitMs) =>
    new Promise((resolve, reject) => {
      const stop = () => {
        clearTimeout(timer);
        for (const event of ["request", "request-held"] as const) coordinator.events.off(event, look);
      };
      const look = () => {
        const runner = coordinator.runners().find(({ id }) => id === runnerId);
        if (runner === undefined || runner.managers.length === 0) return;
        stop();
        resolve();
      };
      const timer = setTimeout(() => {
        stop();
        reject(new Error(`runner ${runnerId} did not ask for jobs within ${limitMs} ms`));
      }, limitMs);
      for (const event of ["request", "request-held"] as const) coordinator.events.on(event, look);
      look();
    }),
  addJob: async (parts, tag) => {
    const added = performance.now();
    const job = await coordinator.addJob(({ token }) => withToken(parts, token), { tags: [tag] });
    timelineOf(job.id).added = added + (offsets.get(job.id) ?? Number.NaN);
    return job.id;
  },
  dependencyOn: async (id) => coordinator.dependencyOn(id),
  ended: async (id, limitMs) => {
    const job = await coordinator.waitFor(id, "finished", AbortSignal.timeout(limitMs));
    const clockStep = clockOffset() - (offsets.get(id) ?? Number.NaN);
    return { ...timelineOf(id), state: job.state, failureReason: job.failureReason, clockStep };
  },
  log: async (id) => (await coordinator.job(id)?.readTrace()) ?? Buffer.alloc(0),
  requests: async () => requests,
  serveRepository: async (projectPath, directory) => coordinator.serveRepository(projectPath, directory),
};

function withToken(parts: JobParts, token: string): JobParts {
  const { git_info: git } = parts;
  if (git === undefined) return parts;
  return { ...parts, git_info: { ...git, repo_url: git.repo_url?.replace(tokenPlaceholder, token) ?? "" } };
}

const send = (message: DeskMessage) => void process.send?.(message);
process.on("message", ({ call, name, args }: DeskCall) => {
  const answer = desk[name] as (...given: readonly unknown[]) => Promise<unknown>;
  answer(...args).then(
    (value) => send({ kind: "answer", call, value }),
    (error: unknown) =>
      send({ kind: "refusal", call, message: error instanceof Error ? error.message : String(error) }),
  );
});
process.on("disconnect", () => void coordinator.close().then(() => process.exit(0)));
send({ kind: "listening", url: coordinator.url });
