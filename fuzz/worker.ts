// Runs one target in a thread of its own: an input that never comes back, or takes all memory, ends only this thread.
import { parentPort, workerData } from "node:worker_threads";
import { runTarget } from "./run-target.ts";
import { fuzzTargets } from "./targets.ts";
import { type Assignment, Watch } from "./watch.ts";

const { name, runs, seed, state } = workerData as Assignment;
const target = fuzzTargets.find((each) => each.name === name);
if (target === undefined) throw new Error(`there is no target ${name}`);
parentPort?.postMessage(await runTarget(target, { runs, seed }, new Watch(state)));
