// npm run soak: many jobs one after another in one agent, a tenth of them killed; afterwards nothing is left, and the
// agent's memory has not grown.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { describeMachine } from "../bench/machine.ts";
import { slopeOf } from "./memory.ts";
import { runSoak } from "./run-soak.ts";

const usage = `usage: npm run soak -- [OPTIONS]

  --jobs N     how many (default 500)
  --seed S     the same seed decides the same (default 1)
  --out FILE   where the samples go (default bench/results/<date>-soak.json)
  --no-engine  start no Docker engine
`;
/** Before, caches fill and code is compiled. */
const warmUpJobs = 100;
/** MiB in 100 jobs. */
const mostGrowth = 1;
const mebibyte = 2 ** 20;

const { values } = parseArgs({
  options: {
    jobs: { type: "string", default: "500" },
    seed: { type: "string", default: "1" },
    out: { type: "string" },
    help: { type: "boolean", short: "h", default: false },
  },
});

if (values.help) console.log(usage);
else process.exitCode = await soak(Number(values.jobs), Number(values.seed));

async function soak(jobs: number, seed: number): Promise<number> {
  const date = new Date().toISOString();
  const machine = describeMachine();
  const interrupted = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) process.once(name, () => interrupted.abort());
  const result = await runSoak({ jobs, seed, say: (line) => console.error(line), signal: interrupted.signal });
  const { samples, left, problems, seconds } = result;
  const counted = samples.slice(warmUpJobs);
  const growth = (key: "rss" | "heapUsed") => (slopeOf(counted.map((sample) => sample[key])) * 100) / mebibyte;
  const slopes = { rss: growth("rss"), heapUsed: growth("heapUsed") };

  const name = `${date.slice(0, 19).replaceAll(":", "")}-soak.json`;
  const file = values.out ?? join(import.meta.dirname, "..", "bench", "results", name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify({ date, seed, machine, mibPer100Jobs: slopes, ...result }, undefined, 1)}\n`);

  for (const problem of problems) console.log(`WRONG  ${problem}`);
  for (const object of left) console.log(`LEFT   ${object}`);
  const mib = (bytes = Number.NaN) => (bytes / mebibyte).toFixed(1);
  const [first, last] = [counted[0], counted.at(-1)];
  console.log(
    Object.entries(result.jobs)
      .map(([kind, count]) => `${count} ${kind}`)
      .join(", "),
  );
  for (const key of ["rss", "heapUsed"] as const)
    console.log(
      `${key.padEnd(9)}${slopes[key].toFixed(3)} MiB in 100 jobs (after job ${warmUpJobs + 1}: ${mib(first?.[key])} MiB, at the end: ${mib(last?.[key])} MiB)`,
    );
  console.log(
    `${samples.length} jobs in ${Math.round(seconds)} s, ${left.length} left, ${problems.length} wrong; written to ${file}`,
  );
  const isFlat = counted.length < 2 || Math.max(slopes.rss, slopes.heapUsed) < mostGrowth;
  if (!isFlat) console.log(`NOT MET  memory grows by ${mostGrowth} MiB or more in 100 jobs`);
  return isFlat && left.length + problems.length === 0 ? 0 : 1;
}
