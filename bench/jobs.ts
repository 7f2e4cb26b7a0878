import type { JobParts } from "../src/coordinator/embedded/job-record.ts";
import { scriptJob } from "../test/support/coordinator.ts";

/** The smallest job there is: no sources, no cache, no artifacts. */
export const trueJob: JobParts = scriptJob({ script: ["true"] });

const line = "compiling module src/lib/part-17.ts (took 12 ms) at level info, 3 warnings, 0 errors";

/** A shell command that prints so many bytes in lines like a compiler's. `yes` ends by SIGPIPE, which is no failure. */
export function printsBytes(bytes: number): string {
  return `{ yes '${line}' || true; } | head -c ${bytes}`;
}

/** Prints the present time, for timeline.ts. */
export const printsStamp = 'echo "stamp $(date +%s%N)"';
