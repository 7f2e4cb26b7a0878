import { parseArgs } from "node:util";

export const usage = `usage: npm run fuzz -- [OPTIONS]

  --runs N       inputs of all targets together (default 1000000)
  --seed N       the same seed gives the same inputs (default: another one each time)
  --only NAME    this target only, with all the inputs; may be given several times
  --list         the targets
`;

export interface FuzzOptions {
  readonly runs: number;
  /** null: any. */
  readonly seed: number | null;
  /** Empty for all of them. */
  readonly only: readonly string[];
  readonly list: boolean;
  readonly help: boolean;
}

const mostSeed = 2 ** 30;

/** @throws Error with a message for the user when the arguments are not right */
export function readCommandLine(args: readonly string[], known: readonly string[]): FuzzOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      runs: { type: "string", default: "1000000" },
      seed: { type: "string" },
      only: { type: "string", multiple: true, default: [] },
      list: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
    },
  });
  const strange = values.only.filter((name) => !known.includes(name));
  if (strange.length > 0) throw new Error(`there is no target ${strange.join(", ")}; there are ${known.join(", ")}`);
  const number = (name: string, text: string, least: number) => {
    const value = Number(text);
    if (Number.isInteger(value) && value >= least && value <= mostSeed) return value;
    throw new Error(`--${name} takes a number from ${least} to ${mostSeed}`);
  };
  return {
    runs: number("runs", values.runs, 1),
    seed: values.seed === undefined ? null : number("seed", values.seed, 0),
    only: values.only,
    list: values.list,
    help: values.help,
  };
}
