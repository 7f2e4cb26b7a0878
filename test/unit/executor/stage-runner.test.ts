import { describe, expect, it } from "vitest";
import { JobEnd } from "../../../src/executor/job-end.ts";
import { StageFailure } from "../../../src/executor/stage-failure.ts";
import { stageRunner } from "../../../src/executor/stage-runner.ts";
import { type JournalEvent } from "../../../src/journal/events.ts";
import { foldEvents } from "../../../src/journal/job-record.ts";
import { SpanRecorder } from "../../../src/spans/recorder.ts";

/** A life of the agent: what it writes into the log and the journal, on top of what it found there. */
function life(journal: JournalEvent[]) {
  const log: string[] = [];
  const trace = {
    isRepeating: false,
    say: (text: string) => {
      if (!trace.isRepeating) log.push(text);
    },
    heading: async (name: string) => trace.say(name),
    warning: async (text: string) => trace.say(`WARNING: ${text}`),
    section: async (name: string, body: () => Promise<unknown>) => {
      trace.say(`{ ${name}`);
      return trace.openSection(name, body);
    },
    openSection: async (name: string, body: () => Promise<unknown>) => {
      try {
        return await body();
      } finally {
        trace.say(`} ${name}`);
      }
    },
  };
  const jobLog = { trace, journal: { append: async (event: JournalEvent) => void journal.push(event) } };
  const spans = new SpanRecorder(() => 0, { askedAt: 0, receivedAt: 0 }, "receive");
  const { stages } = foldEvents(journal);
  return { stage: stageRunner(jobLog as never, spans, { now: () => 7 }, stages), log, trace };
}

const untold = async (): Promise<never> => {
  throw new Error("it is not to run once more");
};

describe("a stage of an adopted job", () => {
  it("that has ended gives what it gave, and is neither run nor told again", async () => {
    const journal: JournalEvent[] = [];
    const first = life(journal);
    await first.stage("get_sources", async () => 3);
    await first.stage("step_script", async () => ({ exitCode: 5, oomKilled: true }));
    const { stage, log, trace } = life(journal);
    expect(await stage("get_sources", untold)).toBe(3);
    trace.say("between");
    expect(await stage("step_script", untold)).toEqual({ exitCode: 5, oomKilled: true });
    expect(log).toEqual([]);
    await stage("after_script", async () => 0);
    expect(log).toEqual(["{ after_script", "Running after_script", "} after_script"]);
  });

  it.each([
    ["was cancelled", new JobEnd("canceled", "canceled")],
    ["took too long", new JobEnd("script-timeout", "too long")],
    ["failed", new StageFailure("script-failed", "exit code 1", { exitCode: 1, oomKilled: true, hint: "do this" })],
  ])("that %s fails in the same way", async (_, error) => {
    const journal: JournalEvent[] = [];
    await life(journal)
      .stage("step_script", () => Promise.reject(error))
      .catch(() => {});
    const thrown: unknown = await life(journal)
      .stage("step_script", untold)
      .catch((again: unknown) => again);
    expect(thrown).toEqual(error);
  });

  it.each([
    ["for a reason that may have passed", new Error("connection lost")],
    ["with the whole job", new JobEnd("agent-terminated", "shut down")],
  ])("that failed %s is done once more", async (_, error) => {
    const journal: JournalEvent[] = [];
    await life(journal)
      .stage("archive_cache", () => Promise.reject(error))
      .catch(() => {});
    const { stage, log } = life(journal);
    expect(await stage("archive_cache", async () => 0)).toBe(0);
    expect(log.slice(0, 3)).toEqual(["} archive_cache", expect.stringContaining("done once more"), "{ archive_cache"]);
  });

  it("that was interrupted goes on in its section, where it can", async () => {
    const journal: JournalEvent[] = [{ type: "stageStarted", name: "step_script", at: 2 }];
    const { stage, log } = life(journal);
    expect(await stage("step_script", untold, async ({ startedAt }) => startedAt)).toBe(2);
    expect(log).toEqual(["} step_script"]);
    expect(foldEvents(journal).stages).toMatchObject([{ name: "step_script", result: 2 }]);
  });

  it("that was interrupted twice counts once", async () => {
    const journal: JournalEvent[] = [{ type: "stageStarted", name: "archive_cache", at: 2 }];
    life(journal)
      .stage("archive_cache", () => new Promise(() => {}))
      .catch(() => {});
    await new Promise(setImmediate);
    await life(journal).stage("archive_cache", async () => 0);
    const { stage } = life(journal);
    expect(await stage("archive_cache", untold)).toBe(0);
    expect(await stage("upload_artifacts_on_success", async () => 1)).toBe(1);
  });

  it("after one that the journal doesn't expect is run, and told", async () => {
    const journal: JournalEvent[] = [{ type: "stageStarted", name: "step_script", at: 2 }];
    const { stage, log } = life(journal);
    await stage("step_release", async () => 0);
    expect(log[0]).toBe("{ step_release");
  });

  it("that is a script and failed for whatever reason is not run again", async () => {
    const journal: JournalEvent[] = [];
    const first = life(journal);
    const scripts = async (stage: ReturnType<typeof life>["stage"]) =>
      stage("step_script", () => Promise.reject(new Error("no answer")), untold).catch((error: unknown) =>
        String(error),
      );
    await scripts(first.stage);
    await first.stage("after_script", async () => 0, untold);
    const { stage } = life(journal);
    expect(await stage("step_script", untold, untold).catch((error: unknown) => String(error))).toContain("no answer");
    expect(await stage("after_script", untold, untold)).toBe(0);
  });

  it("that is a script is not run where the journal doesn't fit", async () => {
    const journal: JournalEvent[] = [
      { type: "stageStarted", name: "restore_cache", at: 1 },
      { type: "stageEnded", name: "restore_cache", exitCode: 0 },
      { type: "stageStarted", name: "step_script", at: 2 },
    ];
    await expect(life(journal).stage("step_script", untold, untold)).rejects.toThrow("does not fit");
  });

  it("before which another one was cut off without a word has that one's failure", async () => {
    const journal: JournalEvent[] = [
      { type: "stageStarted", name: "step_script", at: 1 },
      { type: "stageStarted", name: "after_script", at: 2 },
    ];
    await expect(life(journal).stage("step_script", untold, untold)).rejects.toThrow("could write down how");
  });
});

describe("a stage that the job's timeout cuts", () => {
  it("is told of within its section", async () => {
    const { stage, log } = life([]);
    const cut = async () => {
      throw new JobEnd("job-timeout", "execution took longer than 1h0m0s seconds");
    };
    await expect(stage("get_sources", cut)).rejects.toThrow("took longer");
    expect(log).toEqual([
      "{ get_sources",
      "Getting source from Git repository",
      expect.stringMatching(
        /^WARNING: get_sources could not run to completion because the timeout was exceeded\. .*https:/,
      ),
      "} get_sources",
    ]);
  });
});
