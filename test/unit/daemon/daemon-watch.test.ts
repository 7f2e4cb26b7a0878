import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { DaemonWatch } from "../../../src/daemon/daemon-watch.ts";
import type { DaemonSight } from "../../../src/daemon/sight.ts";
import { DockerError } from "../../../src/docker/errors.ts";
import { systemClock } from "../../../src/support/clock.ts";

const here = { host: "unix:///run/docker.sock", tls_verify: false, tls_cert_path: "" };
const there = { ...here, host: "tcp://builds.test:2375" };
const hangs: DaemonSight = { kind: "hangs" };
const gone: DaemonSight = { kind: "unreachable", words: "nobody listens there (ECONNREFUSED)", hint: "" };
const well: DaemonSight = { kind: "answers" };

let sights: Map<string, DaemonSight>;
let looks: string[];
let changes: string[];
let stopping: AbortController;
let watch: DaemonWatch;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "performance", "Date"] });
  sights = new Map();
  looks = [];
  changes = [];
  stopping = new AbortController();
  watch = new DaemonWatch({
    clock: systemClock,
    stopping: stopping.signal,
    look: async ({ host }, limitMs, signal) => {
      looks.push(host);
      const sight = sights.get(host) ?? well;
      if (sight.kind === "hangs") await systemClock.sleep(limitMs, signal);
      return sight;
    },
    onChange: (host, problem) => changes.push(`${host} ${problem}`),
  });
});
afterEach(async () => {
  stopping.abort(new Error("the agent ends"));
  await watch.ended();
  expect(vi.getTimerCount()).toBe(0);
  vi.useRealTimers();
});

const pass = (seconds: number) => vi.advanceTimersByTimeAsync(seconds * 1000);

/** A job on a daemon: what it was told. */
function job(docker = here) {
  const losses: string[] = [];
  return { losses, work: watch.watch(docker, ({ message, hint }) => losses.push(`${message} | ${hint}`)) };
}

describe("a daemon under running jobs", () => {
  test("is asked once for all of them, and not at all when the last has ended", async () => {
    const jobs = [job(), job(), job()];
    await pass(60);
    expect(looks).toHaveLength(6);
    for (const { work } of jobs) work[Symbol.dispose]();
    await pass(60);
    expect(looks).toHaveLength(6);
    expect(jobs.flatMap(({ losses }) => losses)).toEqual([]);
  });

  test("that hangs ends its jobs after two minutes, once, and those of no other daemon", async () => {
    const [mine, also, other] = [job(), job(), job(there)];
    await pass(30);
    sights.set(here.host, hangs);
    await pass(119);
    expect(mine.losses).toEqual([]);
    await pass(300);
    const [words = ""] = mine.losses;
    expect(words).toMatch(
      /^the Docker daemon at unix:\/\/\/run\/docker.sock took connections but answered nothing for 2 minutes \| /,
    );
    expect(words).toMatch(/`systemctl status docker` and `journalctl -u docker` on the agent's host/);
    expect([mine.losses.length, also.losses.length, other.losses.length]).toEqual([1, 1, 0]);
  });

  test("that is gone ends its jobs with what was seen, on its own host", async () => {
    const { losses } = job(there);
    sights.set(there.host, gone);
    await pass(140);
    expect(losses).toHaveLength(1);
    expect(losses[0]).toMatch(/was lost, and for 2 minutes it could not be reached: nobody listens there/);
    expect(losses[0]).toContain("on builds.test");
  });

  test("that answers once in two minutes keeps its jobs", async () => {
    const { losses } = job();
    for (let minute = 0; minute < 10; minute++) {
      sights.set(here.host, gone);
      await pass(100);
      sights.set(here.host, well);
      await pass(10);
    }
    expect(losses).toEqual([]);
    expect(changes).toHaveLength(20);
  });

  test("isn't blamed for the time in which the agent itself stood still", async () => {
    const { losses } = job();
    await pass(5);
    sights.set(here.host, gone);
    vi.setSystemTime(Date.now() + 3_600_000);
    vi.spyOn(performance, "now").mockReturnValue(performance.now() + 3_600_000);
    await pass(20);
    expect(looks.length).toBeLessThan(3);
    expect(losses).toEqual([]);
    vi.restoreAllMocks();
  });

  test("gives a job that begins while it is away its whole bound", async () => {
    const early = job();
    sights.set(here.host, gone);
    await pass(100);
    const late = job();
    await pass(60);
    expect([early.losses.length, late.losses.length]).toEqual([1, 0]);
    await pass(70);
    expect(late.losses).toHaveLength(1);
  });
});

describe("an obstacle to taking jobs", () => {
  test("is there from the first bad look until it answers again, without any job", async () => {
    expect(watch.obstacle(here)).toBe(null);
    sights.set(here.host, gone);
    watch.suspect(here, new DockerError("attach", "connection-lost", "cut", 0));
    await pass(0);
    expect(watch.obstacle(here)).toBe(
      "the Docker daemon at unix:///run/docker.sock can't be reached: nobody listens there (ECONNREFUSED)",
    );
    expect(watch.obstacle(there)).toBe(null);
    const { nextReturn } = watch;
    await pass(100);
    sights.set(here.host, well);
    expect([watch.obstacle(here) === null, nextReturn.aborted]).toEqual([false, false]);
    await pass(20);
    expect([watch.obstacle(here), nextReturn.aborted, watch.nextReturn.aborted]).toEqual([null, true, false]);
  });

  test("isn't looked after for ever when no entry asks for it any more", async () => {
    sights.set(here.host, gone);
    watch.suspect(here, new DockerError("attach", "timeout", "no answer", 0));
    await pass(400);
    const before = looks.length;
    await pass(3_600);
    expect(looks).toHaveLength(before);
    sights.set(here.host, well);
    expect(watch.obstacle(here)).not.toBe(null);
    await pass(15);
    expect(watch.obstacle(here)).toBe(null);
  });

  test("isn't made of what the daemon itself refused", async () => {
    sights.set(here.host, gone);
    watch.suspect(here, new DockerError("create", "conflict", "in use", 409));
    watch.suspect(here, new Error("no image"));
    await pass(0);
    expect(looks).toEqual([]);
  });
});

describe("a job that begins", () => {
  const ever = new AbortController().signal;

  test("waits for a daemon that is restarted, and says so", async () => {
    const said: string[] = [];
    sights.set(here.host, gone);
    const ready = watch.ready(here, null, ever, async (text) => void said.push(text));
    await pass(20);
    sights.set(here.host, well);
    await pass(2);
    await ready;
    expect(said).toEqual([
      "the Docker daemon at unix:///run/docker.sock can't be reached: nobody listens there (ECONNREFUSED); waiting up to 60 s for it ...",
      "The Docker daemon answers again",
    ]);
  });

  test("gives up after a minute, with the reason", async () => {
    sights.set(here.host, hangs);
    const ready = watch.ready(here, null, ever, async () => {});
    const failure = ready.catch((error: unknown) => error);
    await pass(90);
    expect(await failure).toMatchObject({
      code: "DAEMON_UNUSABLE",
      message: "the Docker daemon at unix:///run/docker.sock takes connections but answers nothing",
      hint: expect.stringContaining("journalctl -u docker"),
    });
  });

  test("ends with its signal at once", async () => {
    sights.set(here.host, hangs);
    const end = new AbortController();
    const ready = watch.ready(here, null, end.signal, async () => {});
    end.abort(new Error("canceled"));
    await expect(ready).rejects.toThrow("canceled");
  });

  test("asks no daemon that answered a moment ago, and no other error makes it wait", async () => {
    const say = vi.fn<() => Promise<void>>();
    await watch.ready(here, null, ever, say);
    await watch.ready(here, null, ever, say);
    await watch.ready(here, new Error("no such image"), ever, say);
    expect(looks).toHaveLength(1);
    await watch.ready(here, new DockerError("create", "connection-lost", "cut", 0), ever, say);
    expect(looks).toHaveLength(2);
    expect(say).not.toHaveBeenCalled();
  });
});
