import { ClockSet } from "./clock-set.ts";
import type { BenchAgent } from "./line-up.ts";
import type { Site } from "./site.ts";

export interface Rounds<Work, Floor> {
  readonly floor: readonly Floor[];
  /** In the order of the agents. */
  readonly of: readonly { readonly agent: BenchAgent; readonly samples: readonly Work[] }[];
}

/**
 * Floor and work in turn, round after round, so that whatever else the machine does hits both alike. One round before
 * that warms up and is not counted.
 */
export async function takeRounds<Work, Floor>(
  site: Site,
  agents: readonly BenchAgent[],
  steps: {
    readonly rounds: number;
    readonly warmUp?: boolean;
    floor(): Promise<Floor>;
    work(agent: BenchAgent): Promise<Work>;
  },
): Promise<Rounds<Work, Floor>> {
  const floor: Floor[] = [];
  const of = agents.map((agent) => ({ agent, samples: [] as Work[] }));
  const rounds = site.runs ?? steps.rounds;
  for (let round = steps.warmUp === false ? 1 : 0; round <= rounds; round++) {
    site.say(round === 0 ? "warming up" : `round ${round} of ${rounds}`);
    const floorSample = await steps.floor();
    if (round > 0) floor.push(floorSample);
    for (const { agent, samples } of of) {
      site.signal.throwIfAborted();
      const sample = await unlessClockSet(site, () => steps.work(agent));
      if (round > 0) samples.push(sample);
    }
  }
  return { floor, of };
}

async function unlessClockSet<Work>(site: Site, work: () => Promise<Work>): Promise<Work> {
  for (let again = 2; ; again--) {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof ClockSet) || again === 0) throw error;
      site.say(`the machine's clock was set (${error.message}): once more`);
    }
  }
}
