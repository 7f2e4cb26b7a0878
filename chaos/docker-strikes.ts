import { gateStrikes } from "./gate-strikes.ts";
import type { Strike } from "./strike.ts";

/** What happens to the agent's connections to its Docker daemon. */
export const dockerStrikes: readonly Strike[] = gateStrikes({
  name: "docker",
  gate: ({ site }) => site.dockerGate,
  lasts: [200, 5_000],
});
