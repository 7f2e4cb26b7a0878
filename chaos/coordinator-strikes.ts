import type { EndpointName, Fault } from "../src/coordinator/embedded/faults.ts";
import { gateStrikes } from "./gate-strikes.ts";
import { idle } from "./idle.ts";
import type { Strike } from "./strike.ts";

/** One request in so many seconds meets a fault; those of an artifact's calls come seldom, since few requests are theirs. */
const endpoints: readonly EndpointName[] = [
  "patch-trace",
  "patch-trace",
  "update-job",
  "update-job",
  "request-job",
  "upload-artifacts",
  "download-artifacts",
  "git",
];
/** How long a request hangs before its connection is cut. */
const hang = [500, 5_000] as const;

interface FaultStrike {
  readonly name: string;
  readonly weight: number;
  readonly endpoints?: readonly EndpointName[];
  /** How many requests it meets at most. */
  readonly most: number;
  readonly fault: (random: number) => Fault;
}

const faultStrikes: readonly FaultStrike[] = [
  {
    name: "5xx",
    weight: 3,
    most: 3,
    fault: (random) => ({ kind: "status", status: [500, 502, 503][Math.floor(random * 3)] ?? 500 }),
  },
  {
    name: "429",
    weight: 2,
    most: 2,
    endpoints: ["patch-trace", "update-job", "request-job"],
    fault: (random) => ({
      kind: "status",
      status: 429,
      headers: { "Retry-After": String(1 + Math.floor(random * 2)) },
    }),
  },
  { name: "reset in the middle of a body", weight: 3, most: 2, fault: () => ({ kind: "reset", when: "mid-body" }) },
  { name: "answer lost", weight: 3, most: 2, fault: () => ({ kind: "reset", when: "after" }) },
  {
    name: "answer cut",
    weight: 2,
    most: 1,
    endpoints: ["download-artifacts", "git", "request-job", "update-job"],
    fault: (random) => ({ kind: "cut-answer", bytes: Math.floor(random * 200) }),
  },
  {
    name: "wrong range",
    weight: 1,
    most: 1,
    endpoints: ["patch-trace"],
    fault: () => ({ kind: "wrong-range", size: 0 }),
  },
  {
    name: "not completed yet",
    weight: 1,
    most: 2,
    endpoints: ["update-job"],
    fault: () => ({ kind: "not-completed" }),
  },
  { name: "log refused", weight: 1, most: 1, endpoints: ["update-job"], fault: () => ({ kind: "reject-trace" }) },
];

/** What happens to the coordinator, and to the way there. */
export const coordinatorStrikes: readonly Strike[] = [
  ...gateStrikes({ name: "coordinator", gate: ({ site }) => site.coordinatorGate, lasts: [200, 4_000] }),
  ...faultStrikes.map(({ name, weight, endpoints: only = endpoints, most, fault }): Strike => ({
    name,
    weight,
    hit: async ({ site, dice, tally }) => {
      const times = dice.integer(1, most);
      tally.add(`coordinator answers: ${name}`, times);
      site.coordinator.faults.add({ endpoint: dice.pick(only), times, fault: fault(dice.number()) });
    },
  })),
  {
    name: "no answer",
    weight: 2,
    hit: async ({ site, dice, tally, signal }) => {
      tally.add("coordinator answers: none");
      const endpoint = dice.pick(["patch-trace", "update-job", "request-job"] as const);
      site.coordinator.faults.add({ endpoint, fault: { kind: "hang" } });
      await idle(dice.integer(...hang), signal);
      site.coordinatorGate.cut(() => true);
    },
  },
];
