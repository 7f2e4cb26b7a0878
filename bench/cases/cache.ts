import { scriptJob } from "../../test/support/coordinator.ts";
import { buildDataImage, dataMebibytes } from "../data-image.ts";
import { copiedInside } from "../floors.ts";
import { type BenchAgent, lineUp } from "../line-up.ts";
import { takeRounds } from "../rounds.ts";
import type { BenchCase } from "../site.ts";
import { sectionMilliseconds } from "../timeline.ts";

export const cache: BenchCase = {
  name: "cache",
  title: `a local cache of ${dataMebibytes} MiB, half compressible: saved, restored, saved again unchanged`,
  measure: async (site) => {
    await using data = await buildDataImage(site);
    await using field = await lineUp(site, { runner: "[runners.feature_flags]\nFF_TIMESTAMPS = true" });
    let key = 0;
    const { floor, of } = await takeRounds(site, field.agents, {
      rounds: 5,
      floor: () => copiedInside(site, data.name, "/data"),
      work: (agent) => saveAndRestore(agent, data.name, `key-${++key}`),
    });
    const copied = { name: "cp -a /data /VOLUME/ in a container", samples: floor };
    return of.flatMap(({ agent, samples }) => {
      const figure = { runner: agent.name, unit: "s", better: "lower", floor: copied } as const;
      return [
        {
          ...figure,
          name: "save",
          samples: samples.map(({ save }) => save),
          target: { kind: "limit", value: 1.5 },
        },
        {
          ...figure,
          name: "restore",
          samples: samples.map(({ restore }) => restore),
          target: { kind: "limit", value: 0.9 },
        },
        { ...figure, name: "save again, unchanged", samples: samples.map(({ saveAgain }) => saveAgain) },
      ];
    });
  },
};

/** Seconds of the log's sections. */
async function saveAndRestore(agent: BenchAgent, image: string, key: string) {
  const job = (script: readonly string[]) => scriptJob({ image, script, cache: { key, paths: ["deps/"] } });
  const first = await agent.run(job(["rm -rf deps", "cp -a /data deps"]));
  // Builds may stay from job to job: what is restored must come from the cache.
  await agent.run(scriptJob({ script: ["rm -rf deps"] }));
  const second = await agent.run(job(["test -s deps/log-30.txt"]));
  const [firstLog, secondLog] = [(await first.log()).toString(), (await second.log()).toString()];
  const seconds = (log: string, section: string) => {
    const ms = sectionMilliseconds(log, section);
    if (ms === null) throw new Error(`a log has no section ${section}`);
    return ms / 1000;
  };
  return {
    save: seconds(firstLog, "archive_cache"),
    restore: seconds(secondLog, "restore_cache"),
    saveAgain: seconds(secondLog, "archive_cache"),
  };
}
