import { describe, expect, it } from "vitest";
import type { EndedJob } from "../../support/job-runs.ts";
import { containersOf } from "../../support/engine.ts";
import { sharedAgent } from "../../support/shared-agent.ts";
import { build, inVolume, leased, leasedJob, runToTheEnd, storeLine, storesOf } from "./leased-job.ts";

const { agent } = sharedAgent({ runners: [{ docker: leased }] });

/** Breaks the one store that there is, with its daemon off, and runs a job on it. */
async function jobAfter(damage: string): Promise<EndedJob> {
  const { engine, agentId } = agent();
  const [volume = ""] = await storesOf(engine, agentId);
  await inVolume(engine, volume, damage);
  return runToTheEnd(agent(), leasedJob(build));
}

describe("a layer store that is broken", () => {
  it("is a fresh one at first", async () => {
    const { job } = await runToTheEnd(agent(), leasedJob(build));
    expect(job.state).toBe("success");
  });

  it.each([
    [
      "so that the daemon doesn't start",
      "truncate -s 5 image/overlay2/repositories.json",
      /^fresh \(the last one was wiped: the daemon did not start on it: it ended with exit code 1: failed to start daemon: .*unexpected EOF\)$/,
    ],
    [
      "in an image's description, which the daemon leaves out then",
      "truncate -s 9 $(ls -d image/overlay2/imagedb/content/sha256/* | head -n 1)",
      /^fresh \(the last one was wiped: the daemon can read only \d of its \d images\)$/,
    ],
    [
      "in that the files of a layer are gone",
      "rm -r overlay2/$(cat $(ls -d image/overlay2/layerdb/sha256/* | head -n 1)/cache-id)/diff",
      /^fresh \(the last one was wiped: the files of the layer \w+ are gone\)$/,
    ],
    [
      "in that all images are gone",
      "rm -r image/overlay2",
      /^fresh \(the last one was wiped: it has 0 images, and had \d\)$/,
    ],
  ])("%s, is wiped and the job runs on a fresh one", async (_, damage, line) => {
    const ended = await jobAfter(damage);
    expect([ended.job.state, ended.log]).toEqual(["success", expect.stringContaining("\nit runs\n")]);
    expect(storeLine(ended)).toMatch(line);
    expect(ended.log).not.toContain("Using cache");
  });

  it("is none when the daemon was killed while a job used it: its layers are there for the next job", async () => {
    const job = await agent().start(leasedJob([...build, "echo built", "sleep 1000"]));
    await agent().shows(job, "\nbuilt\n");
    const [sidecar = ""] = await containersOf(agent().engine, agent().agentId, job.id, "service");
    await agent().engine.getContainer(sidecar).kill();
    agent().coordinator.cancel(job.id);
    await agent().ended(job);
    await agent().cleanedUp(job);
    const next = await runToTheEnd(agent(), leasedJob(build));
    expect([next.job.state, storeLine(next)]).toEqual(["success", expect.stringMatching(/^warm/)]);
    expect(next.log.match(/Using cache/g)).toHaveLength(3);
  });
});
