import type { BenchResult, RunnerFigure } from "../../../bench/result.ts";

export function startFigure(samples: readonly number[], floor: readonly number[] = [500]): RunnerFigure {
  return {
    name: "accepted to final state",
    runner: "longshore",
    unit: "ms",
    better: "lower",
    samples,
    floor: { name: "docker run", samples: floor },
    target: { kind: "floor-multiple", value: 1.5 },
  };
}

export function result(figures: readonly RunnerFigure[], failure: string | null = null): BenchResult {
  return {
    date: "2025-03-01T10:15:00.000Z",
    machine: { cpus: 2, cpuModel: "CPU", memoryMiB: 1024, kernel: "6.1", load: 0.1 },
    versions: { node: "v24" },
    cases: [{ name: "start", figures, failure, seconds: 1 }],
  };
}
