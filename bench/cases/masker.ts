import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { promisify } from "node:util";
import { scriptJob } from "../../test/support/coordinator.ts";
import { printsBytes } from "../jobs.ts";
import { type BenchAgent, lineUp } from "../line-up.ts";
import type { RunnerFigure } from "../result.ts";
import { takeRounds } from "../rounds.ts";
import { type BenchCase, ourName, type Site } from "../site.ts";

const mebibytes = 64;
const secretCounts = [0, 10, 100];
const ways = ["masker", "masker-base64", "spool"] as const;

const title = {
  masker: "masker alone",
  // Of its letters are the encoded forms of secrets, too.
  "masker-base64": "masker alone, base64 text",
  spool: "masked, stamped, spooled",
};

export const masker: BenchCase = {
  name: "masker",
  title: `throughput of the log's way, and CPU for ${mebibytes} MiB of log, with ${secretCounts.join(", ")} masked secrets`,
  measure: async (site) => {
    await using field = await lineUp(site, { runner: "output_limit = 1000000" });
    const { floor, of } = await takeRounds(site, field.agents, {
      rounds: 3,
      floor: () => alone(site),
      work: wholeJobs,
    });
    const own: RunnerFigure[] = ways.flatMap((way, row) =>
      secretCounts.map((count, column) => ({
        name: `${title[way]}, ${count} secrets`,
        runner: ourName,
        unit: "MiB/s",
        better: "higher",
        samples: floor.map((sample) => mebibytes / (sample[row]?.[column] ?? Number.NaN)),
      })),
    );
    const jobs: RunnerFigure[] = of.flatMap(({ agent, samples }) =>
      secretCounts.map((count, column) => ({
        name: `agent, a job's log, ${count} secrets`,
        runner: agent.name,
        unit: "CPU s",
        better: "lower",
        samples: samples.map((sample) => sample[column] ?? Number.NaN),
      })),
    );
    return [...own, ...jobs];
  },
};

/** CPU seconds of our log path in a process of its own: a row for each way, in it one for each number of secrets. */
async function alone(site: Site): Promise<number[][]> {
  const rows: number[][] = [];
  for (const way of ways) {
    const row: number[] = [];
    for (const count of secretCounts) {
      const program = join(import.meta.dirname, "..", "masker-process.ts");
      const args = [program, way, String(count), String(mebibytes)];
      const { stdout } = await promisify(execFile)(process.execPath, args, { signal: site.signal });
      row.push(Number(stdout));
    }
    rows.push(row);
  }
  return rows;
}

/** CPU seconds of the agent for a job with each number of secrets. */
async function wholeJobs(agent: BenchAgent): Promise<number[]> {
  const seconds: number[] = [];
  for (const count of secretCounts) {
    const names = Array.from({ length: count }, (_, index) => `SECRET_${index}`);
    const secrets = Object.fromEntries(names.map((name) => [name, randomBytes(15).toString("base64url")]));
    const job = await agent.run(scriptJob({ secrets, script: [printsBytes(mebibytes << 20)] }));
    seconds.push(job.cpuSeconds);
  }
  return seconds;
}
