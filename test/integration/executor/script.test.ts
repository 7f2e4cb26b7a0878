import { describe, expect, it } from "vitest";
import { between } from "../../support/job-log.ts";
import { sharedAgent } from "../../support/shared-agent.ts";

const { agent } = sharedAgent({ concurrent: 3 });

describe.concurrent("a script", () => {
  it("succeeds with 0", async () => {
    const { job, log } = await agent().run({ script: ["echo one", "echo two"] });
    expect([job.state, job.exitCode]).toEqual(["success", 0]);
    expect(log).toContain("$ echo one\none\n$ echo two\ntwo\n");
    expect(log).toMatch(/\nJob succeeded\n$/);
  });

  it("fails with the exit code of the first line that fails, and stops there", async () => {
    const { job, log } = await agent().run({ script: ["(exit 7)", "echo never"] });
    expect([job.state, job.exitCode, job.failureReason]).toEqual(["failed", 7, "script_failure"]);
    expect(log).toContain("$ (exit 7)\n");
    expect(log).not.toContain("never");
    expect(log).toMatch(/\nERROR: Job failed: exit code 7\n$/);
  });

  it("fails for a command that isn't there, and for a failure in the middle of a pipe", async () => {
    const [missing, pipe] = await Promise.all([
      agent().run({ script: ["no-such-command"] }),
      agent().run({ script: ["false | cat"] }),
    ]);
    expect(missing.job.exitCode).toBe(127);
    expect(pipe.job.exitCode).toBe(1);
  });

  it("shows its lines and each of its streams in order", async () => {
    const numbers = Array.from({ length: 50 }, (_, number) => number);
    const lines = numbers.map((number) => `echo out-${number}; echo err-${number} >&2`);
    const { log } = await agent().run({ script: lines });
    // The daemon reads the two streams side by side: what it finds in both at once, it takes in any order.
    const ordered = (prefix: string) => log.split("\n").filter((line) => line.startsWith(prefix));
    expect(ordered("err-")).toEqual(numbers.map((number) => `err-${number}`));
    const shown = between(log, 'Executing "step_script" stage of the job script', "Job succeeded");
    const output = shown.replaceAll(/^err-.*\n/gm, "");
    expect(output).toBe(lines.map((line, number) => `$ ${line}\nout-${number}\n`).join(""));
  });

  it("finds its standard input empty", async () => {
    const { log } = await agent().run({ script: ["cat; echo the end", "wc -c"] });
    expect(log).toContain("$ cat; echo the end\nthe end\n$ wc -c\n0\n");
  });

  it("has the umask of its image, and keeps files from line to line and variables too", async () => {
    const { log } = await agent().run({ script: ["umask", "kept=yes", "touch file", "ls; echo $kept"] });
    expect(log).toContain("$ umask\n0022\n");
    expect(log).toContain("$ ls; echo $kept\nfile\nyes\n");
  });

  it("doesn't wait for a process that it leaves in the background with its output closed", async () => {
    const { job, log } = await agent().run({ script: ["sleep 1000 >/dev/null 2>&1 &", "echo done"] });
    expect(job.state).toBe("success");
    expect(log).toContain("\ndone\n");
  });

  it("may be hundreds of kilobytes long", async () => {
    const text = "0123456789abcdef".repeat(16 * 1024);
    const { job, log } = await agent().run({ script: [`text='${text}'`, "echo ${#text}"] });
    expect(job.state).toBe("success");
    expect(log).toContain("\n262144\n");
  });
});

describe.concurrent("after_script", () => {
  it("runs in a shell of its own, in the project directory, with CI_JOB_STATUS", async () => {
    const { job, log } = await agent().run({
      script: ["mine=set; cd /; touch $CI_PROJECT_DIR/file"],
      afterScript: ["echo status=$CI_JOB_STATUS mine=$mine", "ls"],
    });
    expect(job.state).toBe("success");
    expect(log).toContain("Running after script...\n");
    expect(log).toContain("\nstatus=success mine=\n$ ls\nfile\n");
  });

  it("runs after a failed script, whose exit code stays the job's", async () => {
    const { job, log } = await agent().run({
      script: ["exit 3"],
      afterScript: ["echo status=$CI_JOB_STATUS", "exit 9"],
    });
    expect([job.state, job.exitCode, job.failureReason]).toEqual(["failed", 3, "script_failure"]);
    expect(log).toContain("\nstatus=failed\n");
  });

  it("may fail without harm", async () => {
    const { job, log } = await agent().run({ script: ["true"], afterScript: ["exit 9"] });
    expect(job.state).toBe("success");
    expect(log).toContain("WARNING: after_script failed, but job will continue unaffected: exit code 9");
  });

  it("counts when AFTER_SCRIPT_IGNORE_ERRORS is false", async () => {
    const variables = { AFTER_SCRIPT_IGNORE_ERRORS: "false" };
    const { job } = await agent().run({ script: ["true"], afterScript: ["exit 9"], variables });
    expect([job.state, job.exitCode]).toEqual(["failed", 9]);
  });
});
