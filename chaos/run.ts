// npm run chaos: jobs of every kind while the agent, its daemon connection and the coordinator are killed, cut, slowed
// and refused; afterwards nothing may be lost, doubled or left.
import { readCommandLine, usage } from "./command-line.ts";
import { runChaos } from "./run-chaos.ts";
import { summaryOf, sumsOf } from "./summary.ts";

const interrupted = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => {
    if (interrupted.signal.aborted) process.exit(1);
    console.error("ending the storm; once more ends at once and leaves things behind");
    interrupted.abort();
  });
}

try {
  const options = readCommandLine(process.argv.slice(2));
  if (options.help) console.log(usage);
  else {
    const result = await runChaos({ ...options, signal: interrupted.signal });
    console.log(summaryOf(result));
    const { lost, doubled, left, wrong } = sumsOf(result);
    process.exitCode = lost + doubled + left + wrong === 0 ? 0 : 1;
  }
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 2;
}
