import { describe, expect, it } from "vitest";
import type { Evidence } from "../../../src/explain/evidence.ts";
import { rules } from "../../../src/explain/explain.ts";
import { withoutQuotes } from "../../../src/explain/quotes.ts";
import { evidenceOf, serviceEvidence } from "../../support/evidence.ts";

/** What patterns begin with, over and over: where one is tried anew at each of them, a line twice as long takes four times as long. */
const hostile = [
  "a",
  "/",
  ".",
  "-",
  " ",
  "'",
  '"',
  "\\",
  "mount ",
  "mountmount",
  "iptables ",
  "cgroup ",
  "http://a:2375",
  'Get "https://a:2376/v1.41/',
  "Error response from daemon: ",
  "error during connect: ",
  "failed to push /v2/dial tcp lookup ",
  "x509: certificate is valid for ",
  'exec: "',
  "open /a: permission denied ",
  "no space left on device ",
  "HTTPConnectionPool(host='",
  "Error while fetching server API version: ",
  "client version 1.2 is too old",
  'time="a" level=info msg="\\',
  "EACCES: permission denied, open 'a",
  "make: *** [",
  'refused "a" to redis:1 ',
  "sh: a: ",
  "env: a",
  "1 a 2) ",
];
const endings = [
  { command: "docker build .", exitCode: 1 },
  { command: "docker run app", exitCode: 126 },
  { command: "make test", exitCode: 127 },
  { command: "docker pull app", exitCode: null },
];
const lines = 16;
const [short, long] = [1_000, 4_000];
/** Of the long lines, 64 KiB in all. Below nobody counts how it grows. */
const leastMs = 60;
/** Four times as long: 4 for what is linear, 16 for what is quadratic. */
const mostGrowth = 8;

describe.each(endings)("an output of long lines below $command that ends with $exitCode", (ending) => {
  it.each(hostile)("costs no rule more than in proportion: %j", (unit) => {
    const slow = rules.filter(({ explain }) => isOutOfProportion((evidence) => explain(evidence), unit, ending));
    expect(slow.map(({ name }) => name)).toEqual([]);
    expect(isOutOfProportion(({ output }) => withoutQuotes(output), unit, ending)).toBe(false);
  });
});

it("a pattern that starts anew at each letter would be found out", () => {
  const wasteful = ({ output }: Evidence) => output.some((line) => /\w+ not permitted/.test(line));
  expect(isOutOfProportion(wasteful, "mountmount", endings[0] as (typeof endings)[number])).toBe(true);
});

function isOutOfProportion(
  work: (evidence: Evidence) => unknown,
  unit: string,
  ending: (typeof endings)[number],
): boolean {
  const large = evidenceWith(unit, long, ending);
  if (leastOf(1, () => work(large)) < leastMs) return false;
  const small = evidenceWith(unit, short, ending);
  return leastOf(3, () => work(large)) > Math.max(leastMs, mostGrowth * leastOf(3, () => work(small)));
}

function leastOf(runs: number, work: () => unknown): number {
  const times = Array.from({ length: runs }, () => {
    const begin = performance.now();
    work();
    return performance.now() - begin;
  });
  return Math.min(...times);
}

function evidenceWith(unit: string, width: number, { command, exitCode }: (typeof endings)[number]): Evidence {
  const line = unit.repeat(Math.ceil(width / unit.length)).slice(0, width);
  const log = Array.from({ length: lines }, () => line);
  const state = { running: false, exitCode: 1, oomKilled: false, error: "" };
  const base = evidenceOf();
  const lookup = 'error during connect: Get "http://docker:2375/v1.47/info": dial tcp: lookup docker: no such host';
  return evidenceOf({
    failure: { exitCode, reason: "script_failure", message: `failed to pull image "a": ${line}` },
    build: { ...base.build, user: "1000" },
    services: [
      serviceEvidence({ image: "docker:dind", isDaemon: true, aliases: ["docker"], state, log }),
      serviceEvidence({ state, log }),
    ],
    output: [`$ ${command}`, ...log, lookup],
  });
}
