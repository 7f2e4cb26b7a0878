import { parseArgs } from "node:util";

export const usage = `usage: npm run bench -- [OPTIONS] [CASE...]

  --list                     the cases, and what each measures
  --runs N                   rounds of each case in place of its own number
  --compare FILE             the change against an earlier result (bench/results/*.json)
  --runner PATH              another runner beside ours, on the same work: started as \`PATH run --config FILE\`
  --runner-helper-image IMAGE
                             its helper image
  --out FILE                 where the result goes (default bench/results/<date>-<cases>.json)
  --no-engine                start no Docker engine
`;

export interface BenchOptions {
  /** Empty for all of them. */
  readonly cases: readonly string[];
  readonly list: boolean;
  readonly help: boolean;
  /** null: each case's own number. */
  readonly runs: number | null;
  readonly compare: string | null;
  readonly out: string | null;
  readonly runner: { readonly path: string; readonly helperImage: string } | null;
}

/** @throws Error with a message for the user when the arguments are not right */
export function readCommandLine(args: readonly string[], known: readonly string[]): BenchOptions {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      list: { type: "boolean", default: false },
      help: { type: "boolean", short: "h", default: false },
      runs: { type: "string" },
      compare: { type: "string" },
      out: { type: "string" },
      runner: { type: "string" },
      "runner-helper-image": { type: "string" },
    },
  });
  const strange = positionals.filter((name) => !known.includes(name));
  if (strange.length > 0) throw new Error(`there is no case ${strange.join(", ")}; there are ${known.join(", ")}`);
  const runs = values.runs === undefined ? null : Number(values.runs);
  if (runs !== null && !(Number.isInteger(runs) && runs > 0)) throw new Error("--runs takes a number from 1");
  const helperImage = values["runner-helper-image"];
  if (values.runner !== undefined && helperImage === undefined) {
    throw new Error("--runner needs --runner-helper-image: the other runner's own helper is in it");
  }
  return {
    cases: known.filter((name) => positionals.includes(name)),
    list: values.list,
    help: values.help,
    runs,
    compare: values.compare ?? null,
    out: values.out ?? null,
    runner: values.runner === undefined ? null : { path: values.runner, helperImage: helperImage ?? "" },
  };
}
