import { describe, expect, test } from "vitest";
import { hasEndedAs, JobControl, JobEnd } from "../../../src/executor/job-end.ts";

const timeout = new JobEnd("job-timeout", "too long");
const abort = new JobEnd("aborted", "unwanted");
const kinds = (control: JobControl) =>
  [control.job, control.script].map((signal) => (signal.aborted ? (signal.reason as JobEnd).kind : "runs"));

describe("a cancel", () => {
  test("ends the whole job while no script runs yet", () => {
    const control = new JobControl();
    control.cancel();
    expect(kinds(control)).toEqual(["canceled", "canceled"]);
  });

  test("ends the scripts only, once they run: what comes after them still does", () => {
    const control = new JobControl();
    control.enterScripts();
    control.cancel();
    expect(kinds(control)).toEqual(["runs", "canceled"]);
  });

  test("that comes twice is one", () => {
    const control = new JobControl();
    control.enterScripts();
    control.cancel();
    const first: unknown = control.script.reason;
    control.cancel();
    expect(control.script.reason).toBe(first);
  });
});

describe("the end of a job", () => {
  test("ends its scripts, too, for the same reason", () => {
    const control = new JobControl();
    control.enterScripts();
    control.abort(timeout);
    expect([control.job.reason, control.script.reason]).toEqual([timeout, timeout]);
  });

  test("has the reason that came first", () => {
    const control = new JobControl();
    control.abort(timeout);
    control.abort(abort);
    control.cancel();
    expect(kinds(control)).toEqual(["job-timeout", "job-timeout"]);
  });

  test("comes after a cancel, too: an abort stops what the cancel left running", () => {
    const control = new JobControl();
    control.enterScripts();
    control.cancel();
    control.abort(abort);
    expect(kinds(control)).toEqual(["aborted", "canceled"]);
  });
});

test("a signal tells what it aborted for, of the ends of jobs alone", () => {
  const control = new JobControl();
  expect(hasEndedAs(control.job, "daemon-lost")).toBe(false);
  control.abort(new JobEnd("daemon-lost", "no answer", "look at it"));
  expect([hasEndedAs(control.script, "daemon-lost"), hasEndedAs(control.job, "aborted")]).toEqual([true, false]);
  expect(hasEndedAs(AbortSignal.abort(new Error("x")), "daemon-lost")).toBe(false);
});
