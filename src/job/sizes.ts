import { configurationRefusal } from "./refusal.ts";

const factors: Readonly<Record<string, number>> = {
  b: 1,
  k: 1024,
  m: 1024 ** 2,
  g: 1024 ** 3,
  t: 1024 ** 4,
  p: 1024 ** 5,
};

/** Reads a memory size as Docker's CLI does (`512m`, `1.5g`, `100kb`, `1e9`): bytes; "" is 0 and `-1` stays -1. */
export function memoryBytes(key: string, text: string): number {
  if (text === "") return 0;
  if (text === "-1") return -1;
  const match = /^\+?((?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?) ?(?:([kmgtp])(?:i?b)?|b)?$/i.exec(text);
  const bytes = match ? Math.floor(Number(match[1]) * (factors[(match[2] ?? "b").toLowerCase()] as number)) : null;
  // A number that JSON would write as null, or with an exponent, is no limit to the daemon.
  if (bytes !== null && Number.isSafeInteger(bytes)) return bytes;
  throw configurationRefusal(
    "CONFIG_MEMORY",
    `${key} = "${text}" is not a memory size`,
    'write it like "512m" or "2g"',
    "admin",
  );
}

/** As Go's big.Rat reads it. */
const rational = /^\+?((?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?)(?:\/(\d+))?$/i;

/** Reads a number of CPUs (`1.5`, `3/2`, `1e-1`) as billionths. */
export function nanoCpus(key: string, text: string): number {
  if (text === "") return 0;
  const [, dividend, divisor = "1"] = rational.exec(text) ?? [];
  const billionths = dividend === undefined ? null : Math.round((Number(dividend) / Number(divisor)) * 1e9);
  if (billionths !== null && Number.isSafeInteger(billionths)) return billionths;
  throw configurationRefusal(
    "CONFIG_CPUS",
    `${key} = "${text}" is not a number of CPUs`,
    'write it like "2" or "0.5"',
    "admin",
  );
}
