import { agentStrikes } from "./agent-strikes.ts";
import { coordinatorStrikes } from "./coordinator-strikes.ts";
import { diceOf } from "./dice.ts";
import { dockerStrikes } from "./docker-strikes.ts";
import { idle } from "./idle.ts";
import type { Storm, Strike } from "./strike.ts";

interface Front {
  readonly name: string;
  readonly strikes: readonly Strike[];
  /** Between the end of one strike and the next, in milliseconds. */
  readonly calm: readonly [shortest: number, longest: number];
}

const fronts: readonly Front[] = [
  { name: "agent", strikes: agentStrikes, calm: [1_500, 11_000] },
  { name: "docker", strikes: dockerStrikes, calm: [2_000, 9_000] },
  { name: "coordinator", strikes: coordinatorStrikes, calm: [2_000, 9_000] },
];

/** Strikes at seeded moments, on three fronts that know nothing of each other, until `signal` aborts. */
export async function rage(storm: Omit<Storm, "dice">, seed: number): Promise<void> {
  const { signal, site } = storm;
  await Promise.all(
    fronts.map(async ({ name, strikes, calm }) => {
      const dice = diceOf(seed, name);
      for (;;) {
        await idle(dice.integer(...calm), signal);
        const strike = dice.weighted(strikes);
        if (signal.aborted) return;
        site.note(`${name}: ${strike.name}`);
        await strike.hit({ ...storm, dice });
        site.note(`${name}: ${strike.name}: over`);
      }
    }),
  );
}
