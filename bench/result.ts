import { z } from "zod";
import type { Figure } from "./figure.ts";

const samples = z.array(z.number()).readonly();
const target = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("limit"), value: z.number() }),
  z.object({ kind: z.literal("floor-multiple"), value: z.number() }),
  z.object({ kind: z.literal("speed-up"), value: z.number() }),
]);
const figure = z.object({
  name: z.string(),
  unit: z.enum(["ms", "s", "CPU s", "MiB/s", "MiB", "jobs/min", "%", "per s", "files", "jobs"]),
  better: z.enum(["lower", "higher"]),
  of: z.enum(["median", "worst"]).exactOptional(),
  samples,
  floor: z.object({ name: z.string(), samples }).exactOptional(),
  target: target.exactOptional(),
  /** Who it was measured of. */
  runner: z.string(),
});

export type RunnerFigure = Figure & { readonly runner: string };

const resultSchema = z.object({
  /** ISO 8601, when the run began. */
  date: z.string(),
  machine: z.object({
    cpus: z.number(),
    cpuModel: z.string(),
    memoryMiB: z.number(),
    kernel: z.string(),
    /** One-minute load average before the first case: what else the machine did. */
    load: z.number(),
  }),
  /** node, docker client and server, longshore's revision, other runners. */
  versions: z.record(z.string(), z.string()),
  cases: z.array(
    z.object({
      name: z.string(),
      figures: z.array(figure).readonly(),
      /** Why it was not measured to the end; null when it was. */
      failure: z.string().nullable(),
      seconds: z.number(),
    }),
  ),
});

/** What a run of the bench found; bench/results holds it as JSON. */
export type BenchResult = z.output<typeof resultSchema>;
export type CaseResult = BenchResult["cases"][number];

/** @throws SyntaxError, ZodError when it is no result of the bench */
export function parseResult(text: string): BenchResult {
  return resultSchema.parse(JSON.parse(text));
}

/** `2025-03-01T101500-start-log.json`; "all" for every case. */
export function resultFileName(date: string, cases: readonly string[], all: boolean): string {
  const stamp = date.slice(0, 19).replaceAll(":", "");
  return `${stamp}-${all ? "all" : cases.join("-")}.json`;
}
