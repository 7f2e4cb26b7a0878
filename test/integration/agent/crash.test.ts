import { describe, expect, it } from "vitest";
import { startTestAgent } from "../../support/agent.ts";
import { finished, scriptJob, startTestCoordinator } from "../../support/coordinator.ts";
import { agentLabel } from "../../../src/job/labels.ts";
import { connectEngine, images } from "../../support/engine.ts";
import { faultsMet, killedAgent, shown } from "../../support/killed-agent.ts";

describe("an agent that is killed and started again", () => {
  it("and misses a job's container reports a system failure, with the log up to then, and leaves nothing of it", async () => {
    await using coordinator = await startTestCoordinator();
    await using killed = await killedAgent({ coordinator });
    killed.start();
    const services = [{ name: images.base, alias: "idle", command: ["sleep", "1000"] }];
    const script = ["seq 1 5000; echo it runs", "sleep 1000"];
    const job = await coordinator.addJob(scriptJob({ script, parts: { services } }));
    // The command that is shown before it runs names it, too.
    await shown(coordinator, job.id, "\nit runs\n");
    await killed.kill();
    expect(job.state).toBe("running");
    const engine = connectEngine();
    const filters = { label: ["com.gitlab.gitlab-runner.type=build", `${agentLabel}=${await killed.agentId()}`] };
    for (const { Id } of await engine.listContainers({ filters }))
      await engine.getContainer(Id).remove({ force: true });

    await using agent = await startTestAgent({ coordinator, directory: killed.directory });
    const { log } = await finished(coordinator, job);
    expect([job.state, job.failureReason]).toEqual(["failed", "runner_system_failure"]);
    const numbers = log.split("\n").filter((line) => /^\d+$/.test(line));
    expect(numbers).toEqual(Array.from({ length: 5000 }, (_, index) => String(index + 1)));
    expect(log).toMatch(/ERROR: Job failed \(system failure\): the build container was removed while the job ran/);
    await agent.cleanedUp(job);
    const next = await agent.run({ script: ["echo hello"] });
    expect(next.job.state).toBe("success");
  });

  it("before it could report a job's end reports it as it was", async () => {
    await using coordinator = await startTestCoordinator();
    await using killed = await killedAgent({ coordinator });
    killed.start();
    const job = await coordinator.addJob(scriptJob({ script: ["echo the end; exit 5"] }));
    coordinator.faults.add({ endpoint: "update-job", fault: { kind: "hang" }, jobId: job.id, after: 1 });
    await faultsMet(coordinator);
    await killed.kill();

    await using agent = await startTestAgent({ coordinator, directory: killed.directory });
    const { log } = await finished(coordinator, job);
    expect([job.state, job.failureReason, job.exitCode]).toEqual(["failed", "script_failure", 5]);
    expect(log.match(/the end\n/g)).toHaveLength(1);
    expect(log).not.toContain("the runner was stopped");
    await agent.cleanedUp(job);
  });
});
