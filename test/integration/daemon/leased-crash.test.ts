import { expect, it } from "vitest";
import { startTestAgent } from "../../support/agent.ts";
import { scriptJob, startTestCoordinator } from "../../support/coordinator.ts";
import { containersOf, execute } from "../../support/engine.ts";
import { killedAgent, shown } from "../../support/killed-agent.ts";
import { build, leased, leasedJob, runToTheEnd, storeLine } from "./leased-job.ts";

const runners = [{ docker: leased }];

it("an agent that is killed and started again goes on with the job on its layer store, and leaves that whole", async () => {
  await using coordinator = await startTestCoordinator();
  await using killed = await killedAgent({ coordinator, runners });
  killed.start();
  const job = await coordinator.addJob(
    scriptJob(
      leasedJob([
        ...build,
        "echo built; while [ ! -e /tmp/go ]; do sleep 0.1; done",
        "docker info >/dev/null && echo its daemon is there",
      ]),
    ),
  );
  await shown(coordinator, job.id, "\nbuilt\n");
  await killed.kill();

  await using agent = await startTestAgent({ coordinator, directory: killed.directory, runners });
  const [container = ""] = await containersOf(agent.engine, agent.agentId, job.id, "build");
  await execute(agent.engine, container, "touch", "/tmp/go");
  const { log } = await agent.ended(job);
  expect([job.state, log]).toEqual(["success", expect.stringContaining("\nits daemon is there\n")]);
  await agent.cleanedUp(job);
  const next = await runToTheEnd(agent, leasedJob(build));
  expect([next.job.state, storeLine(next)]).toEqual(["success", expect.stringMatching(/^warm \(\d/)]);
  expect(next.log.match(/Using cache/g)).toHaveLength(3);
});
