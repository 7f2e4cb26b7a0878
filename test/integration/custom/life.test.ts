import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startTestCoordinator, type TestCoordinator } from "../../support/coordinator.ts";
import { type CustomRunner, startCustomRunner } from "../../support/custom-runner.ts";
import { connectEngine, containersOf, execute, hostAddress, images, objectsOf } from "../../support/engine.ts";

const engine = connectEngine();
let coordinator: TestCoordinator;
let runner: CustomRunner;

beforeAll(async () => {
  coordinator = await startTestCoordinator({ listen: [`${await hostAddress(engine)}:0`] });
  runner = await startCustomRunner({ coordinator });
});

afterAll(async () => {
  await runner[Symbol.asyncDispose]();
  await coordinator[Symbol.asyncDispose]();
});

const made = async () => {
  const { containers, networks } = await objectsOf(engine, runner.agentId);
  return containers.length + networks.length;
};

describe("a custom executor's driver", () => {
  it("says nothing but JSON on standard output to config_exec, and leaves nothing of a job behind", async () => {
    const { state, calls } = await runner.run({ script: ["true"] });
    expect(state).toBe("success");
    expect(JSON.parse(calls[0]?.stdout ?? "")).toMatchObject({ driver: { name: "longshore" }, shell: "bash" });
    expect(calls.map(({ code }) => code)).toEqual(calls.map(() => 0));
    expect([await made(), await runner.sessions()]).toEqual([0, []]);
  });

  it("lets a cancelled script end itself, and runs after_script then", async () => {
    const { failureReason, log } = await runner.run(
      {
        // Its sleep is told, too, and may end first.
        script: [
          "trap 'echo it hears; sleep 0.5; echo it was told; exit 0' TERM; echo look now; while :; do sleep 0.1 || :; done",
          "echo never",
        ],
        afterScript: ["echo status=$CI_JOB_STATUS"],
      },
      (call, written, driver) => {
        // With each piece of its output from there on: once is not the last word of an impatient runner.
        if (call === "build_script" && written.includes("\nlook now\n")) driver.kill("SIGTERM");
      },
    );
    expect(failureReason).toBe("job_canceled");
    expect(log).toContain("\nit was told\n");
    expect(log).toContain("\nstatus=canceled\n");
    expect(log).not.toContain("\nnever\n");
  });

  it("goes on with after_script when the call that ran the script was killed, and says nothing twice", async () => {
    const { log } = await runner.run(
      { script: ["echo look now; while :; do sleep 0.1; done"], afterScript: ["echo after it"] },
      (call, written, driver) => {
        if (call === "build_script" && written.includes("\nlook now\n")) driver.kill("SIGKILL");
      },
    );
    expect(log.match(/^look now$/gm)).toHaveLength(1);
    expect(log).toContain("\nafter it\n");
  });

  it("removes what a prepare_exec that was killed has made", async () => {
    const { failureReason } = await runner.run(
      { services: [images.base], script: ["echo never"] },
      (call, written, driver) => {
        if (call === "prepare" && written.includes("Waiting for services")) driver.kill("SIGKILL");
      },
    );
    expect(failureReason).toBe("runner_system_failure");
    expect([await made(), await runner.sessions()]).toEqual([0, []]);
  });

  it("ends a prepare_exec that the runner wants to end, without a word about why", async () => {
    const { calls } = await runner.run({ services: [images.base], script: ["echo never"] }, (call, written, driver) => {
      if (call === "prepare" && written.includes("Waiting for services")) driver.kill("SIGTERM");
    });
    const prepare = calls.find(({ name }) => name === "prepare");
    expect(prepare?.code).not.toBe(0);
    expect(prepare?.stdout).not.toContain("ERROR");
    expect([await made(), await runner.sessions()]).toEqual([0, []]);
  });

  it("removes a dead runner's jobs with the next one's prepare_exec, and none of those that run", async () => {
    let isDone: Promise<unknown> = Promise.resolve();
    let second = "";
    const meanwhile = async (jobId: number) => {
      await runner.abandon({ script: ["echo never"] });
      expect(await runner.sessions()).toHaveLength(2);
      second = (await runner.run({ script: ["echo second"] })).state;
      expect(await runner.sessions()).toHaveLength(1);
      const [build = ""] = await containersOf(engine, runner.agentId, jobId, "build");
      await execute(engine, build, "touch", "/looked");
    };
    let isBegun = false;
    const script = ["echo look now; until [ -e /looked ]; do sleep 0.1; done"];
    const first = await runner.run({ script }, (call, written, { jobId }) => {
      if (call !== "build_script" || isBegun || !written.includes("\nlook now\n")) return;
      isBegun = true;
      isDone = meanwhile(jobId);
      // Awaited below; until then nobody else may hear of its failure.
      isDone.catch(() => {});
    });
    await isDone;
    expect([first.state, second]).toEqual(["success", "success"]);
    expect([await made(), await runner.sessions()]).toEqual([0, []]);
  });
});
