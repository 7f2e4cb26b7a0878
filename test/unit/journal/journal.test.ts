import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { jobPayloadSchema } from "../../../src/coordinator/job-payload.ts";
import type { JobPlan } from "../../../src/job/plan.ts";
import type { JobEntry } from "../../../src/journal/events.ts";
import { JobJournal } from "../../../src/journal/journal.ts";
import { listJobs } from "../../../src/journal/list-jobs.ts";
import { encodeRecord } from "../../../src/journal/record-line.ts";
import { StateDirectory } from "../../../src/journal/state-directory.ts";
import type { Clock } from "../../../src/support/clock.ts";
import { TraceSpool } from "../../../src/trace/spool.ts";

const entry: JobEntry = {
  url: "https://gitlab.example",
  runner: "abcdefghi",
  name: "one",
  systemId: "s_0123456789ab",
  slot: 0,
};
let now = 1000;
const clock: Clock = {
  now: () => now,
  monotonic: () => now,
  sleep: () => Promise.reject(new Error("nobody sleeps here")),
};
const payload = (id: number) => jobPayloadSchema.parse({ id, token: "glcbt-very-secret", job_info: {}, git_info: {} });
const tls = { caChain: "-- a chain --", cert: "", key: "" };
const received = (id: number) => ({ job: payload(id), tls, correlationId: "req-1" });
const checkpoint = (spoolBytes: number) => ({
  spoolBytes,
  consumed: { executor: 0, stdout: spoolBytes, stderr: 0, service: 0 },
  flushed: { executor: 0, stdout: 0, stderr: 0, service: 0 },
  stampers: {},
});

let root = "";
let state: StateDirectory;

beforeEach(async () => {
  now = 1000;
  root = await mkdtemp(join(tmpdir(), "longshore-journal-"));
  state = await StateDirectory.open(root, join(root, "config.toml"));
});
afterEach(async () => {
  await state.close();
  await rm(root, { recursive: true });
});

describe("a journal", () => {
  test("that was just made says who took which job, and keeps the token to the agent's user", async () => {
    const journal = await JobJournal.create(state, received(7), entry, clock);
    expect(await journal.readAll()).toMatchObject({
      opened: { version: 2, jobId: 7, boot: state.boot, at: 1000, entry },
      payload: { id: 7, token: "glcbt-very-secret" },
      received: { tls, correlationId: "req-1" },
      plan: null,
      containers: [],
      checkpoint: null,
      acknowledged: 0,
      outcome: null,
      finalAcknowledged: false,
    });
    for (const file of await readdir(journal.path)) {
      expect([file, (await stat(join(journal.path, file))).mode & 0o077]).toEqual([file, 0]);
    }
    await journal.close();
  });

  test("folds its events into a state", async () => {
    const journal = await JobJournal.create(state, received(7), entry, clock);
    await journal.writePlan({ jobId: 7 } as JobPlan);
    const update = { state: "failed", failureReason: "script_failure", exitCode: 2 } as const;
    const run = { trace: { stdout: 10, stderr: 20 }, log: { stdout: 1, stderr: 2 }, mark: "m" };
    await Promise.all([
      journal.append({ type: "networkCreated", id: "n1", name: "net" }),
      journal.append({ type: "volumeCreated", name: "vol" }),
      journal.append({ type: "containerCreated", id: "c1", name: "build", role: "build" }),
      journal.append({ type: "stageStarted", name: "get_sources" }),
      journal.append({ type: "stageEnded", name: "get_sources", exitCode: 0 }),
      journal.append({ type: "stageStarted", name: "step_script", at: 5 }),
      journal.append({ type: "runBegun", container: "c1", ...run }),
      journal.append({ type: "artifactUploaded", index: 1 }),
      journal.append({ type: "outcome", update }),
    ]);
    expect(await journal.readAll()).toMatchObject({
      plan: { jobId: 7 },
      networks: [{ id: "n1", name: "net" }],
      volumes: ["vol"],
      containers: [{ id: "c1", name: "build", role: "build" }],
      stages: [
        { name: "get_sources", exitCode: 0, run: null },
        { name: "step_script", startedAt: 5, exitCode: null, run },
      ],
      uploaded: [1],
      outcome: update,
      finalAcknowledged: false,
    });
    await journal.close();
  });

  test("writes an acknowledged offset once a second at most, and the newest wins", async () => {
    const journal = await JobJournal.create(state, received(7), entry, clock);
    for (const [at, offset] of [
      [1000, 10],
      [1500, 20],
      [2000, 30],
      [2999, 40],
    ] as const) {
      now = at;
      journal.acknowledged(offset);
    }
    expect((await journal.readAll()).acknowledged).toBe(30);
    expect((await readFile(join(journal.path, "events"), "utf8")).split("\n")).toHaveLength(4);
    await journal.close();
  });

  test("whose last record was cut off is read up to it, and goes on in its place", async () => {
    const first = await JobJournal.create(state, received(7), entry, clock);
    await first.append({ type: "volumeCreated", name: "kept" });
    await first.close();
    await appendFile(join(first.path, "events"), encodeRecord({ type: "volumeCreated", name: "cut off" }).slice(0, -5));
    const second = await JobJournal.reopen(first.path, clock);
    expect((await second.readAll()).volumes).toEqual(["kept"]);
    await second.append({ type: "volumeCreated", name: "new" });
    expect((await second.readAll()).volumes).toEqual(["kept", "new"]);
    await second.close();
  });

  test("knows the newest checkpoint that the spool holds all of, also after a batch that never got there", async () => {
    const first = await JobJournal.create(state, received(7), entry, clock);
    const spool: TraceSpool = await TraceSpool.open(first.spoolPath, {
      beforeBatch: (size) => first.recordCheckpoint(checkpoint(size), spool.size),
    });
    for (const text of ["one ", "two ", "three "]) {
      await spool.append(Buffer.from(text));
      await spool.drain();
    }
    await spool.close();
    await first.recordCheckpoint(checkpoint(99), 14);
    await first.recordCheckpoint(checkpoint(120), 14);
    expect((await first.readAll()).checkpoint).toEqual(checkpoint(14));
    await first.close();

    const second = await JobJournal.reopen(first.path, clock);
    await second.recordCheckpoint(checkpoint(20), 14);
    expect((await second.readAll()).checkpoint).toEqual(checkpoint(14));
    await second.close();
  });

  test("is gone after its removal", async () => {
    const journal = await JobJournal.create(state, received(7), entry, clock);
    await journal.remove();
    expect(await readdir(state.jobsPath)).toEqual([]);
  });
});

describe("listing at the start", () => {
  test("gives the jobs in the order in which they were taken, reports what can't be read, clears what is half there", async () => {
    for (const id of [30, 10, 20]) {
      now += 1000;
      await (await JobJournal.create(state, received(id), entry, clock)).close();
    }
    await mkdir(join(state.jobsPath, "40-empty"));
    await mkdir(join(state.jobsPath, ".new-50-aa"));
    await mkdir(join(state.jobsPath, ".removed-60-bb"));
    const { jobs, unreadable } = await listJobs(state);
    expect(jobs.map(({ record }) => record.payload.id)).toEqual([30, 10, 20]);
    expect(unreadable).toMatchObject([
      { path: join(state.jobsPath, "40-empty"), error: { code: "JOURNAL_UNREADABLE" } },
    ]);
    expect((await readdir(state.jobsPath)).filter((name) => name.startsWith("."))).toEqual([]);
  });

  test("of a journal from a later version, or with a broken payload, is a report without the token", async () => {
    const journal = await JobJournal.create(state, received(1), entry, clock);
    const other = await JobJournal.create(state, received(2), entry, clock);
    await Promise.all([journal.close(), other.close()]);
    await writeFile(join(journal.path, "events"), encodeRecord({ type: "opened", version: 3, jobId: 1 }));
    await writeFile(join(other.path, "payload.json"), '{"id":2,"token":"glcbt-very-secret"');
    const { jobs, unreadable } = await listJobs(state);
    expect(jobs).toEqual([]);
    const messages = unreadable.map(({ error }) => error.message).join("\n");
    expect(messages).toMatch(/it has version 3, this agent reads versions 1 to 2/);
    expect(messages).toMatch(/its payload is not whole/);
    expect(messages).not.toContain("very-secret");
  });
});

test("a state directory that disappears is a JOURNAL_WRITE error", async () => {
  await rm(state.jobsPath, { recursive: true });
  await expect(JobJournal.create(state, received(7), entry, clock)).rejects.toMatchObject({ code: "JOURNAL_WRITE" });
});
