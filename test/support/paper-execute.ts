import type { execute } from "../../src/executor/execute.ts";
import { judge } from "../../src/executor/judge.ts";

/** What a paper job does; written as JSON in its script. */
export interface PaperScript {
  readonly lines: number;
  readonly everySeconds: number;
  /** Bytes of each line; default about 20. */
  readonly width?: number;
  /** Default 0. */
  readonly exitCode?: number;
}

/** The n-th line that job `id` prints. */
export function paperLine(id: number, n: number, width = 0): string {
  return `job ${id} prints ${n} `.padEnd(width, ".");
}

/** For `vi.mock` of executor/execute.ts: a job that needs no Docker. It prints on the agent's clock and ends. */
export const paperExecute: typeof execute = async (agent, { received: { job } }, control, { trace }) => {
  const { lines, everySeconds, width, exitCode = 0 } = JSON.parse(job.steps[0]?.script[0] ?? "") as PaperScript;
  const done = { explanations: [], removeAll: async () => [] };
  try {
    for (let n = 1; n <= lines; n++) {
      await agent.clock.sleep(everySeconds * 1000, control.job);
      await trace.write("stdout", Buffer.from(`${paperLine(job.id, n, width)}\n`));
    }
  } catch {
    return { ...done, outcome: judge(control.job.reason) };
  }
  if (exitCode === 0) return { ...done, outcome: { state: "success" } };
  return {
    ...done,
    outcome: { state: "failed", reason: "script_failure", exitCode, message: `exit code ${exitCode}`, hint: "" },
  };
};
