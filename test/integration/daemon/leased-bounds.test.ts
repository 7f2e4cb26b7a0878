import { expect, it } from "vitest";
import { sharedAgent } from "../../support/shared-agent.ts";
import { build, leased, leasedJob, runToTheEnd, storeLine, storesOf } from "./leased-job.ts";

const { agent } = sharedAgent({ runners: [{ docker: `${leased}storage_max_size = "1m"\n` }] });

it("a layer store that has grown too big goes with the job, and the next job hears why it has a fresh one", async () => {
  const first = await runToTheEnd(agent(), leasedJob(build));
  expect([first.job.state, await storesOf(agent().engine, agent().agentId)]).toEqual(["success", []]);
  const second = await runToTheEnd(agent(), leasedJob(["docker image ls -q | wc -l"]));
  expect(storeLine(second)).toMatch(/^fresh \(the last one had grown to \d(?:\.\d)? MiB\)$/);
  expect(second.log).toContain("| wc -l\n0\n");
});
