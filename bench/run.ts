// npm run bench: how fast the agent is, beside what the bare tools need for the same work in the same minutes.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { benchCases } from "./cases.ts";
import { type BenchOptions, readCommandLine, usage } from "./command-line.ts";
import { describeMachine, describeVersions } from "./machine.ts";
import { openSite } from "./open-site.ts";
import { type BenchResult, type CaseResult, parseResult, resultFileName } from "./result.ts";
import { type BenchCase, ourName, type Site } from "./site.ts";
import { floorNames, resultTable, shortfalls } from "./table.ts";

const project = join(import.meta.dirname, "..");

async function bench(options: BenchOptions, signal: AbortSignal): Promise<number> {
  const earlier = options.compare === null ? null : parseResult(await readFile(options.compare, "utf8"));
  const cases = benchCases.filter(({ name }) => options.cases.length === 0 || options.cases.includes(name));
  const date = new Date().toISOString();
  const machine = describeMachine();
  await using site = await openSite(project, options, signal, say);
  const versions = await describeVersions(site, project);
  const measured: CaseResult[] = [];
  for (const entry of cases) measured.push(await measure(entry, site));
  const result: BenchResult = { date, machine, versions, cases: measured };

  const all = cases.length === benchCases.length;
  const name = resultFileName(
    date,
    cases.map((entry) => entry.name),
    all,
  );
  const file = options.out ?? join(project, "bench", "results", name);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `${JSON.stringify(result, undefined, 1)}\n`);
  return show(result, earlier, file);
}

async function measure(entry: BenchCase, site: Site): Promise<CaseResult> {
  say(`━━━ ${entry.name}: ${entry.title}`);
  const startedAt = performance.now();
  const seconds = () => Math.round((performance.now() - startedAt) / 100) / 10;
  try {
    const figures = await entry.measure(site);
    return { name: entry.name, figures, failure: null, seconds: seconds() };
  } catch (error) {
    site.signal.throwIfAborted();
    say(`failed: ${(error as Error).message}`);
    const failure = (error as Error).message.split("\n")[0] ?? "";
    return { name: entry.name, figures: [], failure, seconds: seconds() };
  }
}

function show(result: BenchResult, earlier: BenchResult | null, file: string): number {
  const { machine, versions } = result;
  const facts = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  console.log(`\n${resultTable(result, earlier)}\n`);
  console.log(
    `floors:\n${floorNames(result)
      .map((line) => `  ${line}\n`)
      .join("")}`,
  );
  console.log(
    `${machine.cpus} x ${machine.cpuModel}, ${machine.memoryMiB} MiB, Linux ${machine.kernel}, load ${machine.load.toFixed(1)}`,
  );
  console.log(`${facts.join(", ")}\nwritten to ${file}`);
  const missed = shortfalls(result, ourName);
  for (const line of missed) console.log(`NOT MET  ${line}`);
  return missed.length === 0 ? 0 : 1;
}

function say(line: string): void {
  console.error(line);
}

const interrupted = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) {
  process.on(name, () => {
    if (interrupted.signal.aborted) process.exit(1);
    say("ending; once more ends at once and leaves things behind");
    interrupted.abort(new Error(`the bench was ended by ${name}`));
  });
}

try {
  const options = readCommandLine(
    process.argv.slice(2),
    benchCases.map(({ name }) => name),
  );
  if (options.help) console.log(usage);
  else if (options.list) for (const { name, title } of benchCases) console.log(`${name.padEnd(14)} ${title}`);
  else process.exitCode = await bench(options, interrupted.signal);
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = interrupted.signal.aborted ? 130 : 2;
}
