import { describe, expect, it } from "vitest";
import { startTestAgent, type TestRunner } from "../../support/agent.ts";
import { type ScriptJob, scriptJob, startTestCoordinator, type TestCoordinator } from "../../support/coordinator.ts";
import { connectEngine, containersOf, execute, images } from "../../support/engine.ts";
import { faultsMet, type KilledAgent, killedAgent, shown } from "../../support/killed-agent.ts";

const numbers = (log: string, word: string) =>
  [...log.matchAll(new RegExp(`${word} (\\d+)$`, "gm"))].map(([, number]) => Number(number));
const isRow = (row: readonly number[]) =>
  row.every((number, index) => index === 0 || number === Number(row[index - 1]) + 1);
const small = [{ settings: "output_limit = 8" }];
const untilTold = "until [ -e /tmp/go ]; do sleep 0.1; done";

/** Lets a script go on that waits. */
async function tell(killed: KilledAgent, jobId: number): Promise<void> {
  const engine = connectEngine();
  const [build = ""] = await containersOf(engine, await killed.agentId(), jobId, "build");
  await execute(engine, build, "touch", "/tmp/go");
}

async function scene(job: ScriptJob, runners: readonly TestRunner[] = small) {
  const coordinator: TestCoordinator = await startTestCoordinator();
  const killed = await killedAgent({ coordinator, runners });
  killed.start();
  const handle = await coordinator.addJob(scriptJob(job));
  return {
    coordinator,
    killed,
    job: handle,
    next: () => startTestAgent({ coordinator, directory: killed.directory }),
    [Symbol.asyncDispose]: async () => {
      await killed[Symbol.asyncDispose]();
      await coordinator[Symbol.asyncDispose]();
    },
  };
}

describe("a log that exceeds its limit", () => {
  it("ends as it would have when the agent is killed while it grows", async () => {
    await using place = await scene({
      script: ["seq -f 'line %.0f' 1 60000", untilTold, "seq -f 'line %.0f' 60001 61000", "echo the last words"],
    });
    const { coordinator, killed, job } = place;
    await shown(coordinator, job.id, "exceeded limit");
    await killed.kill();
    await tell(killed, job.id);
    await using agent = await place.next();
    const { log } = await agent.ended(job);
    const [head = "", end = ""] = log.split(
      /\nJob's log exceeded limit[^\n]*\n[^\n]*\n\d+ bytes of the log are left out.*\n/,
    );
    expect([numbers(head, "^line")[0], numbers(end, "^line").at(-1)]).toEqual([1, 61_000]);
    expect([isRow(numbers(head, "^line").slice(0, -1)), isRow(numbers(end, "^line"))]).toEqual([true, true]);
    expect(numbers(end, "^line").length).toBeGreaterThan(20_000);
    expect(end).toMatch(/\nthe last words\n[^]*Job succeeded\n$/);
    expect(job.state).toBe("success");
    await agent.cleanedUp(job);
  });

  it("has the end of its script when the agent is killed after that", async () => {
    await using place = await scene({
      script: ["touch file; seq -f 'line %.0f' 1 60000", "echo the last words"],
      artifacts: ["file"],
    });
    const { coordinator, killed, job } = place;
    coordinator.faults.add({ endpoint: "upload-artifacts", fault: { kind: "hang" } });
    await faultsMet(coordinator);
    await killed.kill();
    await using agent = await place.next();
    const { log } = await agent.ended(job);
    expect(log).toMatch(/\nline 59999\nline 60000\n[^]*\nthe last words\n[^]*it is done once more[^]*Job succeeded\n$/);
    await agent.cleanedUp(job);
  });

  it("is delivered whole when the agent is killed while it delivers its end", async () => {
    await using place = await scene({ script: ["seq -f 'line %.0f' 1 60000", "echo the last words"] });
    const { coordinator, killed, job } = place;
    await shown(coordinator, job.id, "exceeded limit");
    coordinator.faults.add({ endpoint: "patch-trace", fault: { kind: "hang" } });
    await faultsMet(coordinator);
    await killed.kill();
    await using agent = await place.next();
    const { log } = await agent.ended(job);
    expect(log.match(/bytes of the log are left out/g)).toHaveLength(1);
    expect(log).toMatch(/\nline 60000\n[^]*\nthe last words\n[^]*Job succeeded\n$/);
    await agent.cleanedUp(job);
  });
});

describe("what a job's output names a secret", () => {
  it("is hidden by the agent that takes the place of a killed one", async () => {
    await using place = await scene({
      script: ["X=found; echo ::add-mask::$X-swordfish", "echo ready", untilTold, "echo later $X-swordfish"],
      afterScript: ["echo after found-swordfish"],
    });
    const { coordinator, killed, job } = place;
    await shown(coordinator, job.id, "ready\n");
    await killed.kill();
    await tell(killed, job.id);
    await using agent = await place.next();
    const { log } = await agent.ended(job);
    expect(log).toContain("\nlater [MASKED]\n");
    expect(log).toContain("\nafter [MASKED]\n");
    await agent.cleanedUp(job);
  });
});

describe("service logs", () => {
  it("go on with the line that comes next when the agent is killed", async () => {
    const count = "i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.02; done";
    await using place = await scene(
      {
        script: ["echo begun", untilTold, "sleep 1"],
        variables: { CI_DEBUG_SERVICES: "true" },
        parts: { services: [{ name: images.base, alias: "clock", entrypoint: ["sh", "-c"], command: [count] }] },
      },
      [{}],
    );
    const { coordinator, killed, job } = place;
    await shown(coordinator, job.id, "\nbegun\n");
    await shown(coordinator, job.id, "tick");
    await killed.kill();
    await tell(killed, job.id);
    await using agent = await place.next();
    const { log } = await agent.ended(job);
    const ticks = numbers(log, "\\[service:.* tick");
    expect([ticks[0], isRow(ticks), ticks.length > 60]).toEqual([1, true, true]);
    await agent.cleanedUp(job);
  });
});
