import type { Gate, Passage } from "./gate.ts";
import { idle } from "./idle.ts";
import type { Storm, Strike } from "./strike.ts";

export interface GateStrikes {
  /** In the names of its counts: `NAME connections cut`. */
  readonly name: string;
  readonly gate: (storm: Storm) => Gate;
  /** Of what lasts, in milliseconds. */
  readonly lasts: readonly [shortest: number, longest: number];
}

/** What a connection can suffer. */
export function gateStrikes({ name, gate, lasts }: GateStrikes): Strike[] {
  const cut = (storm: Storm, share: number) => {
    const hit = gate(storm).cut(() => storm.dice.chance(share));
    storm.tally.add(`${name} connections cut`, hit);
  };
  const passing = (passage: Passage) => async (storm: Storm) => {
    storm.tally.add(`${name} ${passage}`);
    gate(storm).passage = passage;
    await idle(storm.dice.integer(...lasts), storm.signal);
    gate(storm).passage = "free";
  };
  return [
    { name: "every connection cut", weight: 3, hit: async (storm) => cut(storm, 1) },
    { name: "some connections cut", weight: 3, hit: async (storm) => cut(storm, 0.4) },
    {
      name: "gone and back",
      weight: 3,
      hit: async (storm) => {
        storm.tally.add(`${name} gone and back`);
        await gate(storm).close();
        cut(storm, 1);
        await idle(storm.dice.integer(...lasts), storm.signal);
        await gate(storm).open();
      },
    },
    {
      name: "no new connections",
      weight: 1,
      hit: async (storm) => {
        storm.tally.add(`${name} refused`);
        await gate(storm).close();
        await idle(storm.dice.integer(...lasts), storm.signal);
        await gate(storm).open();
      },
    },
    { name: "slow", weight: 2, hit: passing("slow") },
    { name: "stalled", weight: 2, hit: passing("stalled") },
  ];
}
