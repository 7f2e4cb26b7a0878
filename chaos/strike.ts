import type { Dice } from "./dice.ts";
import type { KillableAgent } from "./killable-agent.ts";
import type { ChaosSite } from "./site.ts";
import type { Tally } from "./tally.ts";

export interface Storm {
  readonly site: ChaosSite;
  readonly agent: KillableAgent;
  readonly dice: Dice;
  /** What was done, each time it was done. */
  readonly tally: Tally;
  /** Aborts when the storm is over. */
  readonly signal: AbortSignal;
}

/** Something that goes wrong. When `hit` resolves it is right again. */
export interface Strike {
  readonly name: string;
  readonly weight: number;
  hit(storm: Storm): Promise<void>;
}
