import { mkdir, mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { jobPayloadSchema } from "../../../src/coordinator/job-payload.ts";
import { JobJournal } from "../../../src/journal/journal.ts";
import { listJobs } from "../../../src/journal/list-jobs.ts";
import { readJob } from "../../../src/journal/read-job.ts";
import { encodeRecord } from "../../../src/journal/record-line.ts";
import { salvageJob } from "../../../src/journal/salvage.ts";
import { setAside } from "../../../src/journal/set-aside.ts";
import { StateDirectory } from "../../../src/journal/state-directory.ts";
import { systemClock } from "../../../src/support/clock.ts";

const entry = { url: "https://gitlab.test", runner: "abcdefghi", name: "one", systemId: "s_0", slot: 0 };
const token = "glcbt-very-secret";
const payload = jobPayloadSchema.parse({
  id: 7,
  token,
  job_info: {},
  git_info: {},
  variables: [{ key: "CI_SERVER_URL", value: "https://gitlab.test" }],
});
const received = { job: payload, tls: { caChain: "", cert: "", key: "" }, correlationId: "" };
const volumes = ["one", "two", "three"];

let root = "";
let state: StateDirectory;
let path = "";
let whole: Buffer;
const events = () => join(path, "events");

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), "longshore-journal-"));
  state = await StateDirectory.open(root, join(root, "config.toml"));
  const journal = await JobJournal.create(state, received, entry, systemClock);
  for (const name of volumes) await journal.append({ type: "volumeCreated", name });
  await journal.close();
  path = journal.path;
  whole = await readFile(events());
});
afterEach(async () => {
  await state.close();
  await rm(root, { recursive: true });
});

/** Where each record of the file ends. */
function ends(): number[] {
  return [...whole.entries()].flatMap(([at, byte]) => (byte === 0x0a ? [at + 1] : []));
}

describe("events that are cut off", () => {
  test("at any byte are read up to there, and go on there", async () => {
    for (let cut = 0; cut < whole.length; cut++) {
      await writeFile(events(), whole.subarray(0, cut));
      const kept = ends().filter((end) => end <= cut).length;
      if (kept === 0) {
        await expect(readJob(path)).rejects.toMatchObject({ code: "JOURNAL_UNREADABLE" });
        continue;
      }
      expect((await readJob(path)).volumes).toEqual(volumes.slice(0, kept - 1));
      const journal = await JobJournal.reopen(path, systemClock);
      await journal.append({ type: "volumeCreated", name: "new" });
      expect((await journal.readAll()).volumes).toEqual([...volumes.slice(0, kept - 1), "new"]);
      await journal.close();
    }
  });

  test("and followed by zeros, or with damage in the middle, lose nothing else", async () => {
    await writeFile(events(), Buffer.concat([whole, Buffer.alloc(8192)]));
    expect((await readJob(path)).volumes).toEqual(volumes);
    const damaged = Buffer.from(whole);
    damaged.fill(0, (ends()[1] as number) + 3, (ends()[2] as number) - 4);
    await writeFile(events(), damaged);
    expect((await readJob(path)).volumes).toEqual(["one", "three"]);
  });

  test("are cut there for good: what a shorter record leaves of them is never read again", async () => {
    const stale = encodeRecord({ type: "volumeCreated", name: "stale" });
    const next = encodeRecord({ type: "volumeCreated", name: "new" });
    await writeFile(
      events(),
      Buffer.concat([whole, Buffer.from(`${"x".repeat(next.length - 1)}\n${stale}`)]).subarray(0, -1),
    );
    const journal = await JobJournal.reopen(path, systemClock);
    await journal.append({ type: "volumeCreated", name: "new" });
    expect((await journal.readAll()).volumes).toEqual([...volumes, "new"]);
    expect(await readFile(events(), "utf8")).toBe(whole.toString() + next);
    await journal.close();
  });
});

test("a plan or checkpoints that are torn, empty or zeros are as good as none", async () => {
  for (const bytes of ["", "{", '{"version":1,"steps":[', "\0\0\0\0", "null"]) {
    for (const file of ["plan.json", "checkpoint.0", "checkpoint.1"]) await writeFile(join(path, file), bytes);
    expect(await readJob(path)).toMatchObject({ plan: null, checkpoint: null, volumes });
  }
});

describe("a journal that can't be used", () => {
  test.each([0, 99])("since it is of version %d still says whose job it was, and what to remove", async (version) => {
    const [first = ""] = whole.toString().split("\n");
    const opened = JSON.parse(first.slice(9)) as object;
    await writeFile(events(), encodeRecord({ ...opened, version, entry: { ...entry, added: 1 } }));
    const [unreadable] = (await listJobs(state)).unreadable;
    expect(unreadable?.error.message).toContain(`it has version ${version}, this agent reads versions 1 to `);
    expect(await salvageJob(path)).toMatchObject({ jobId: 7, token, runner: "abcdefghi", boot: state.boot });
  });

  test("since its payload is cut off has the token for as long as that is whole", async () => {
    const text = await readFile(join(path, "payload.json"), "utf8");
    const end = text.indexOf(token) + token.length + 1;
    for (let cut = 0; cut < text.length; cut++) {
      await writeFile(join(path, "payload.json"), text.slice(0, cut));
      const found = await salvageJob(path);
      expect([found.jobId, found.token, found.boot]).toEqual([7, cut >= end ? token : null, state.boot]);
    }
  });

  test("since its payload is cut off has a token as long as a JWT", async () => {
    const long = `eyJ.${"a".repeat(2000)}.${"b-_".repeat(300)}`;
    await writeFile(join(path, "payload.json"), `{"id":7,"token":"${long}","job_info":{`);
    expect((await salvageJob(path)).token).toBe(long);
  });

  test("since its events are gone has the boot from the plan, the id from the payload or its own name", async () => {
    await rm(events());
    const labels = { "dev.longshore.boot": "0123456789ab" };
    await writeFile(join(path, "plan.json"), JSON.stringify({ composeProject: "job-7-aa", labels }).slice(0, -2));
    const found = { jobId: 7, runner: null, boot: "0123456789ab", composeProject: "job-7-aa" };
    expect(await salvageJob(path)).toMatchObject({ ...found, token, serverUrl: "https://gitlab.test" });
    await writeFile(join(path, "payload.json"), Buffer.alloc(100));
    expect(await salvageJob(path)).toMatchObject({ ...found, token: null, serverUrl: null });
  });

  test("of which nothing is left is no error", async () => {
    await rm(path, { recursive: true });
    await mkdir(path);
    expect(await salvageJob(path)).toMatchObject({ jobId: 7, token: null, runner: null, boot: null });
    expect(await salvageJob(join(root, "none"))).toMatchObject({ jobId: null });
  });
});

describe("a journal that was set aside", () => {
  test("is listed no more, and keeps no secret", async () => {
    const aside = await setAside(path);
    expect(await listJobs(state)).toEqual({ jobs: [], unreadable: [] });
    const left = await readdir(aside);
    expect(["payload.json", "received.json"].filter((name) => left.includes(name))).toEqual([]);
    expect((await stat(join(aside, "events"))).size).toBe(whole.length);
  });

  test("stays for a week, and of many the newest twenty", async () => {
    const days = (age: number) => new Date(Date.now() - age * 86_400_000);
    for (let age = 0; age < 25; age++) {
      const directory = join(state.jobsPath, `.unreadable-${age}-aa`);
      await mkdir(directory);
      await utimes(directory, days(age / 10), days(age / 10));
    }
    const old = join(state.jobsPath, ".unreadable-99-aa");
    await mkdir(old);
    await utimes(old, days(8), days(8));
    await listJobs(state);
    const names = (await readdir(state.jobsPath)).filter((name) => name !== basename(path));
    expect(names.sort()).toEqual(Array.from({ length: 20 }, (_, age) => `.unreadable-${age}-aa`).sort());
  });
});
