import { parseArgs } from "node:util";

export const usage = `usage: npm run chaos -- [OPTIONS]

  --minutes N   how long it takes, the wait for quiet at the end included (default 2)
  --seed S      the same seed decides the same (default 1)
  --keep        keep the logs and journals also when all is well
  --no-engine   start no Docker engine
`;

export interface ChaosOptions {
  readonly minutes: number;
  readonly seed: number;
  readonly keep: boolean;
  readonly help: boolean;
}

/** @throws Error with a message for the user when the arguments are not right */
export function readCommandLine(args: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      minutes: { type: "string", default: "2" },
      seed: { type: "string", default: "1" },
      keep: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const [minutes, seed] = [Number(values.minutes), Number(values.seed)];
  if (!(minutes >= 1 && minutes <= 600)) throw new Error("--minutes takes a number from 1 to 600");
  if (!Number.isInteger(seed) || seed < 0) throw new Error("--seed takes a number from 0");
  return { minutes, seed, keep: values.keep, help: values.help };
}
