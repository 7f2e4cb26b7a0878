import { cp } from "node:fs/promises";
import { basename, join } from "node:path";
import { idle } from "./idle.ts";
import type { Storm, Strike } from "./strike.ts";

/** Kills it, keeps what its journals say at this moment, and starts it again after a while. */
async function killOnce({ agent, tally, site, signal }: Storm, downMs: number): Promise<void> {
  if (!(await agent.kill())) return;
  tally.add("agent killed");
  site.note(`agent killed for the ${tally.of("agent killed")}. time`);
  const kept = join(site.directory, "journals", String(tally.of("agent killed")));
  const withoutSpools = (path: string) => !basename(path).startsWith("trace");
  await cp(join(site.statePath, "jobs"), kept, { recursive: true, filter: withoutSpools }).catch(() => {});
  if (downMs > 0) await idle(downMs, signal);
  await agent.start();
}

/** Its start takes most of a second; then it looks at what an earlier run left. */
const recovery = [500, 3_000] as const;

export const agentStrikes: readonly Strike[] = [
  { name: "killed", weight: 11, hit: (storm) => killOnce(storm, 0) },
  {
    name: "killed twice in a second",
    weight: 4,
    hit: async (storm) => {
      await killOnce(storm, 0);
      await idle(storm.dice.integer(50, 900), storm.signal);
      await killOnce(storm, 0);
    },
  },
  {
    name: "killed again while it recovers",
    weight: 3,
    hit: async (storm) => {
      await killOnce(storm, 0);
      await idle(storm.dice.integer(...recovery), storm.signal);
      await killOnce(storm, 0);
    },
  },
  { name: "killed and down for seconds", weight: 2, hit: (storm) => killOnce(storm, storm.dice.integer(1_000, 4_000)) },
];
