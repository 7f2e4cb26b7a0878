// npm run fuzz: inputs that nobody would write, for every reader of what others write.
import { readCommandLine, type FuzzOptions, usage } from "./command-line.ts";
import type { TargetResult } from "./run-target.ts";
import { resultTable } from "./table.ts";
import type { FuzzTarget } from "./target.ts";
import { fuzzTargets } from "./targets.ts";
import { runWatched } from "./watch.ts";

async function fuzz(options: FuzzOptions): Promise<number> {
  const seed = options.seed ?? Math.floor(Math.random() * 2 ** 29);
  const targets = fuzzTargets.filter(({ name }) => options.only.length === 0 || options.only.includes(name));
  const shares = targets.reduce((sum, { share }) => sum + share, 0);
  console.error(`seed ${seed}`);
  const results: TargetResult[] = [];
  for (const target of targets) {
    const runs = Math.ceil((options.runs * target.share) / shares);
    const result = await runWatched(target, runs, seed);
    console.error(progressOf(target, result));
    results.push(result);
  }
  console.log(resultTable(results));
  const findings = results.flatMap(({ finding }) => (finding === null ? [] : [finding]));
  for (const { target, seed: found, error, input } of findings) {
    console.log(
      `\n━━━ ${target}: ${error}\ninput: ${input}\nagain: npm run fuzz -- --only ${target} --seed ${found} --runs 2000`,
    );
  }
  const total = results.reduce((sum, { inputs }) => sum + inputs, 0);
  const seconds = results.reduce((sum, result) => sum + result.seconds, 0);
  const peak = process.resourceUsage().maxRSS / 1024;
  console.log(
    `\n${total} inputs in ${seconds.toFixed(0)} s, seed ${seed}, peak memory of the process ${peak.toFixed(0)} MiB, ${findings.length} findings`,
  );
  return findings.length === 0 ? 0 : 1;
}

function progressOf({ name }: FuzzTarget, { inputs, seconds, finding }: TargetResult): string {
  return `${name}: ${inputs} inputs, ${seconds.toFixed(1)} s${finding === null ? "" : ", FINDING"}`;
}

try {
  const options = readCommandLine(
    process.argv.slice(2),
    fuzzTargets.map(({ name }) => name),
  );
  if (options.help) console.log(usage);
  else if (options.list) for (const { name } of fuzzTargets) console.log(name);
  else process.exitCode = await fuzz(options);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
