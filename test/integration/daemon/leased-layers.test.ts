import { beforeAll, describe, expect, it } from "vitest";
import type { EndedJob } from "../../support/job-runs.ts";
import { containersOf, execute, inspect } from "../../support/engine.ts";
import { sharedAgent } from "../../support/shared-agent.ts";
import { build, leased, leasedJob, runToTheEnd, storeLine } from "./leased-job.ts";

const { agent } = sharedAgent({ concurrent: 3, runners: [{ docker: leased }] });

const leave = [
  "docker network create left >/dev/null",
  "docker volume create left >/dev/null",
  "docker run -d --restart always --network left -v left:/left --name left built /bin/busybox sleep 1000 >/dev/null",
];
const look = ["docker ps -aq | wc -l", "docker volume ls -q | wc -l", "docker network ls -q -f type=custom | wc -l"];
const list = ["docker image ls -aq | wc -l"];

describe("the layer store of a leased dind", () => {
  let first: EndedJob;
  let second: EndedJob;
  let elsewhere: EndedJob;
  let onProtectedRef: EndedJob;

  beforeAll(async () => {
    first = await runToTheEnd(agent(), leasedJob([...build, ...leave]));
    [second, elsewhere, onProtectedRef] = await Promise.all([
      runToTheEnd(agent(), leasedJob([...look, ...build])),
      agent().run(leasedJob(list, { project: 2 })),
      agent().run(leasedJob(list, { isProtected: true })),
    ]);
  });

  it("is fresh for the first job of a project", () => {
    expect([first.job.state, first.log]).toEqual(["success", expect.stringContaining("\nit runs\n")]);
    expect(storeLine(first)).toBe("fresh (the first one of this project here)");
    expect(first.log).not.toContain("Using cache");
  });

  it("has the first job's layers for the second", () => {
    expect([second.job.state, second.log]).toEqual(["success", expect.stringContaining("\nit runs\n")]);
    expect(storeLine(second)).toMatch(/^warm \(\d+(?:\.\d)? [KM]iB, made \d+ s ago, last used \d+ s ago\)$/);
    expect(second.log.match(/Using cache/g)).toHaveLength(3);
  });

  it("has nothing else of the first job: no container, though it asked to be restarted, no volume, no network", () => {
    for (const line of look) expect(second.log).toContain(`$ ${line}\n0\n`);
  });

  it("is another one for another project", () => {
    expect(storeLine(elsewhere)).toMatch(/^fresh/);
    expect(elsewhere.log).toContain(`$ ${list[0]}\n0\n`);
  });

  it("is another one for protected refs", () => {
    expect(storeLine(onProtectedRef)).toMatch(/^fresh/);
    expect(onProtectedRef.log).toContain(`$ ${list[0]}\n0\n`);
  });

  it("is never shared by two jobs at once", async () => {
    const wait = ["echo look now", "until [ -e /looked ]; do sleep 0.1; done"];
    const jobs = await Promise.all([agent().start(leasedJob(wait)), agent().start(leasedJob(wait))]);
    const stores = await Promise.all(
      jobs.map(async (job) => {
        await agent().shows(job, "\nlook now\n");
        const [sidecar = ""] = await containersOf(agent().engine, agent().agentId, job.id, "service");
        const { Mounts } = await inspect(agent().engine, sidecar);
        return Mounts.find(({ Destination }) => Destination === "/var/lib/docker")?.Name;
      }),
    );
    expect(new Set(stores).size).toBe(2);
    for (const job of jobs) {
      const [container = ""] = await containersOf(agent().engine, agent().agentId, job.id, "build");
      await execute(agent().engine, container, "touch", "/looked");
    }
    const lines = (await Promise.all(jobs.map((job) => agent().ended(job)))).map(storeLine);
    expect(lines.map((line) => line.startsWith("warm"))).toEqual(expect.arrayContaining([true, false]));
  });
});
