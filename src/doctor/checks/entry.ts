import { type Check, fail, pass } from "../check.ts";
import type { DoctorContext } from "../doctor-context.ts";

/** Whether the entry can take jobs at all. */
export const entryCheck: Check<DoctorContext> = {
  name: "entry",
  needs: [],
  limitMs: 1_000,
  run: async ({ runner }) => {
    const { problem } = runner;
    if (problem !== null) return fail(problem.message, problem.hint);
    const wiring = runner.docker.daemon?.wiring;
    return pass(`takes jobs for ${runner.url}, ${wiring === undefined ? "no wiring" : `wiring "${wiring}"`}`);
  },
};
