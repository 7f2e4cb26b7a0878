import { scriptJob } from "../../test/support/coordinator.ts";
import { buildDataImage, dataMebibytes } from "../data-image.ts";
import { copiedOut } from "../floors.ts";
import { printsStamp } from "../jobs.ts";
import { type BenchAgent, type LineUp, lineUp } from "../line-up.ts";
import { takeRounds } from "../rounds.ts";
import type { BenchCase } from "../site.ts";
import { sectionMilliseconds, stampsOf } from "../timeline.ts";

export const artifacts: BenchCase = {
  name: "artifacts",
  title: `${dataMebibytes} MiB of artifacts, half compressible, from the script's last line to the final state`,
  measure: async (site) => {
    await using data = await buildDataImage(site);
    await using field = await lineUp(site, { runner: "[runners.feature_flags]\nFF_TIMESTAMPS = true" });
    const { floor, of } = await takeRounds(site, field.agents, {
      rounds: 3,
      floor: () => copiedOut(site, data.name, "/data"),
      work: (agent) => upAndDown(field, agent, data.name),
    });
    const usages = await Promise.all(field.agents.map((agent) => agent.usage()));
    return of.flatMap(({ agent, samples }, index) => [
      {
        name: "upload",
        runner: agent.name,
        unit: "MiB/s",
        better: "higher",
        samples: samples.map(({ up }) => rate(up)),
        floor: { name: "docker cp CONTAINER:/data - >/dev/null", samples: floor.map(rate) },
        target: { kind: "limit", value: 75 },
      },
      {
        name: "download and unpack",
        runner: agent.name,
        unit: "MiB/s",
        better: "higher",
        samples: samples.map(({ down }) => rate(down)),
      },
      {
        name: "CPU of the agent, upload",
        runner: agent.name,
        unit: "CPU s",
        better: "lower",
        samples: samples.map(({ cpuSeconds }) => cpuSeconds),
      },
      {
        name: "peak memory of the agent",
        runner: agent.name,
        unit: "MiB",
        better: "lower",
        samples: [usages[index]?.peakMiB ?? Number.NaN],
      },
    ]);
  },
};

async function upAndDown({ coordinator }: LineUp, agent: BenchAgent, image: string) {
  const upload = await agent.run(
    scriptJob({ image, script: ["rm -rf data", "cp -a /data data", printsStamp], artifacts: ["data/"] }),
  );
  const [scriptEnd = Number.NaN] = stampsOf((await upload.log()).toString());
  const clear = scriptJob({ script: ["rm -rf data"] });
  await agent.run(clear);
  const dependency = await coordinator.dependencyOn(upload.timeline.id);
  const download = await agent.run(
    scriptJob({ script: ["test -s data/log-30.txt"], parts: { dependencies: [dependency] } }),
  );
  const down = sectionMilliseconds((await download.log()).toString(), "download_artifacts");
  if (down === null) throw new Error("the log of the download has no section download_artifacts");
  return { up: upload.timeline.finished - scriptEnd, down, cpuSeconds: upload.cpuSeconds };
}

const rate = (ms: number): number => (dataMebibytes * 1000) / ms;
