import { scriptJob } from "../../test/support/coordinator.ts";
import { packageBuildImage } from "../package-image.ts";
import { printsStamp } from "../jobs.ts";
import { type BenchAgent, lineUp } from "../line-up.ts";
import type { BenchCase } from "../site.ts";
import { stampsOf } from "../timeline.ts";

const build = scriptJob({
  script: [
    "docker image inspect bench-base >/dev/null 2>&1 || tar -C /base -c . | docker import - bench-base",
    printsStamp,
    "docker build --tag bench-built /context",
    printsStamp,
  ],
});

export const leasedDind: BenchCase = {
  name: "leased-dind",
  title: "docker build with a package installation in a dind with leased storage, the second time",
  measure: async (site) => {
    await using image = await packageBuildImage(site);
    const docker = `[runners.docker.daemon]\nwiring = "dind"\nimage = "${site.images.dind}"\nstorage = "leased"`;
    await using field = await lineUp(site, { docker, contestants: site.contestants.slice(0, 1) });
    const [agent] = field.agents;
    if (agent === undefined) throw new Error("no agent was started");
    const [first, second]: [number[], number[]] = [[], []];
    const rounds = site.runs ?? 3;
    for (let round = 1; round <= rounds; round++) {
      site.say(`round ${round} of ${rounds}`);
      // Storage is leased per project: a new one begins with an empty store.
      first.push(await buildSeconds(agent, image.name, round));
      second.push(await buildSeconds(agent, image.name, round));
    }
    return [
      {
        name: "second docker build",
        runner: agent.name,
        unit: "s",
        better: "lower",
        samples: second,
        floor: { name: "the first docker build, in an empty store", samples: first },
        target: { kind: "speed-up", value: 5 },
      },
    ];
  },
};

async function buildSeconds(agent: BenchAgent, image: string, project: number): Promise<number> {
  const job_info = { name: "build", stage: "build", pipeline_id: 1, project_id: 1000 + project };
  const run = await agent.run({ ...build, image: { name: image }, job_info });
  const [begin = Number.NaN, end = Number.NaN] = stampsOf((await run.log()).toString());
  return (end - begin) / 1000;
}
