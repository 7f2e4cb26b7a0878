import { defaultPools, networksLeft } from "../address-space.ts";
import { type DaemonReport, usedSubnets } from "../../docker/daemon-report.ts";
import { type Check, fail, type Outcome, pass, skip, warn } from "../check.ts";
import type { DoctorContext } from "../doctor-context.ts";
import { isDefaultNetwork } from "../../job/plan-wiring.ts";

/** How many more networks the daemon can make: each job with services gets one of its own. */
export const addressPoolsCheck: Check<DoctorContext> = {
  name: "address-pools",
  needs: ["daemon"],
  limitMs: 5_000,
  run: async (context, signal) => {
    const { runner, settings } = context;
    if (!isDefaultNetwork(runner.docker.network_mode)) return skip("jobs get no networks of their own");
    const [{ engine }, report] = await Promise.all([context.daemon(), context.report()]);
    return judgePools(report, await usedSubnets(engine, signal), settings.config.concurrent);
  },
};

export function judgePools(
  { addressPools }: Pick<DaemonReport, "addressPools">,
  taken: readonly string[],
  concurrent: number,
): Outcome {
  const left = networksLeft(addressPools ?? defaultPools, taken);
  const fix =
    'write "default-address-pools": [{"base": "10.201.0.0/16", "size": 24}] into /etc/docker/daemon.json and restart the daemon; unused networks: docker network prune';
  if (left === 0) return fail("no address pool is left: the daemon can make no more networks", fix);
  if (left < concurrent)
    return warn(`the daemon can make only ${left} more networks, and ${concurrent} jobs may run at once`, fix);
  return pass(`the daemon can make ${left >= 1000 ? "over 1000" : left} more networks`);
}
