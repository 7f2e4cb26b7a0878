#!/usr/bin/env node
// The commands on a fresh clone, and the private engine's. Plain JavaScript, no dependencies: it runs before there
// are any, on Node 18.
import { endWithOurChildren } from "./bootstrap/children.mjs";
import { describe } from "./bootstrap/failure.mjs";
import { releaseAllLocks } from "./bootstrap/lock.mjs";
import { bench } from "./commands/bench.mjs";
import { chaos, soak } from "./commands/chaos.mjs";
import { demo } from "./commands/demo.mjs";
import { engine, engineUsage } from "./commands/engine.mjs";
import { fuzz } from "./commands/fuzz.mjs";
import { test } from "./commands/test.mjs";

const commands = { demo, test, bench, fuzz, chaos, soak, engine };
const usage = `usage:
  npm run demo [-- --no-engine]              sets up all it needs, then runs the demo
  npm test [-- --no-engine] [-- VITEST ARGS] sets up all it needs, then runs every check and test
  npm run bench [-- --no-engine] [-- CASES]  sets up all it needs, then measures (--help says more)
  npm run fuzz [-- OPTIONS]                  a million hostile inputs for the parsers (--help says more)
  npm run chaos [-- --minutes N --seed S]    kills and cuts all there is while jobs run (--help says more)
  npm run soak [-- --jobs N]                 many jobs in one agent, and its memory (--help says more)
  ${engineUsage}
`;

async function main([name, ...args]) {
  if (!Object.hasOwn(commands, name ?? "")) {
    process.stderr.write(usage);
    return 2;
  }
  try {
    return await commands[name](args);
  } catch (error) {
    process.stderr.write(`${error.fix ? describe(error) : error.stack}\n`);
    return 1;
  }
}

endWithOurChildren(releaseAllLocks);
process.stdout.on("error", (error) => process.exit(error.code === "EPIPE" ? 0 : 1)); // "| head" has seen enough
process.exitCode = await main(process.argv.slice(2));
