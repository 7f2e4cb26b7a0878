import { createRepository } from "../../test/support/repository.ts";
import { tokenPlaceholder } from "../coordinator-desk.ts";
import { bareContainer, dockerRunName } from "../floors.ts";
import { lineUp } from "../line-up.ts";
import { takeRounds } from "../rounds.ts";
import type { BenchCase } from "../site.ts";
import { jobMilliseconds } from "../timeline.ts";

const files = Object.fromEntries(
  Array.from({ length: 20 }, (_, index) => [`src/part-${index}.txt`, `line of part ${index}\n`.repeat(50)]),
);

export const smallJob: BenchCase = {
  name: "small-job",
  title: "a small job with sources, cache, after_script and artifacts, from accepted to final state",
  measure: async (site) => {
    await using repository = await createRepository();
    const sha = await repository.commit(files);
    await using field = await lineUp(site);
    const { coordinator, agents } = field;
    await coordinator.serveRepository("group/project", repository.bare);
    const job = repository.jobParts(coordinator.url, tokenPlaceholder, sha, {
      script: ["mkdir -p build deps", "date +%s%N >deps/now", "cat src/* >build/all.txt"],
      afterScript: ["ls build"],
      cache: { key: "deps", paths: ["deps/"] },
      artifacts: ["build/"],
    });
    const { floor, of } = await takeRounds(site, agents, {
      rounds: 9,
      floor: () => bareContainer(site),
      work: (agent) => agent.run(job),
    });
    return of.flatMap(({ agent, samples }) => [
      {
        name: "accepted to final state",
        runner: agent.name,
        unit: "ms",
        better: "lower",
        samples: samples.map(({ timeline }) => jobMilliseconds(timeline)),
        floor: { name: dockerRunName, samples: floor },
        target: { kind: "floor-multiple", value: 4 },
      },
      {
        name: "CPU of the agent, one job",
        runner: agent.name,
        unit: "CPU s",
        better: "lower",
        samples: samples.map(({ cpuSeconds }) => cpuSeconds),
      },
    ]);
  },
};
