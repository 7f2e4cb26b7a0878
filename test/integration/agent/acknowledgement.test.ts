import { expect, it } from "vitest";
import { startTestAgent } from "../../support/agent.ts";
import { startTestCoordinator } from "../../support/coordinator.ts";

it("takes no step with a job's token before the coordinator knows that the job runs", async () => {
  await using coordinator = await startTestCoordinator();
  await using agent = await startTestAgent({ coordinator });
  // Until the acknowledgement is tried again the whole job would be over.
  const fault = { kind: "status", status: 503, headers: { "Retry-After": "10" } } as const;
  coordinator.faults.add({ endpoint: "update-job", fault });
  const { job } = await agent.run({ script: ["mkdir out; echo made >out/file"], artifacts: ["out"] });
  expect([job.state, job.failureReason, coordinator.faults.pending]).toEqual(["success", "", 0]);
  expect(job.artifacts).toMatchObject([{ type: "archive" }]);
});
