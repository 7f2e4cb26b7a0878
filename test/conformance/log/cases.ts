import type { Feature } from "../case.ts";
import { limits } from "./limits.ts";
import { masking } from "./masking.ts";
import { serviceLogs } from "./service-logs.ts";
import { shape } from "./shape.ts";

export const feature: Feature = {
  title: "Log",
  cases: [...masking, ...limits, ...shape, ...serviceLogs],
  differences: [
    {
      what: "`CI_DEBUG_TRACE` shows the commands of every stage",
      here: "those of get_sources, its hooks, and the author's scripts",
      why: "caches, artifacts and the cleaning up are the agent's own work: what it runs there is none of the job's commands",
    },
    {
      what: "`FF_TIMESTAMPS`: microseconds",
      here: "milliseconds, with three zeros behind",
      why: "the clock is read once for all that comes in one piece; its order is kept",
    },
    {
      what: "at most 15 prefixes of tokens",
      here: "every one of `token_mask_prefixes` counts",
      why: "a secret that is shown is worse than one more phrase to look for",
    },
  ],
};
