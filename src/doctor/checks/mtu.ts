import { networkFacts } from "../../docker/network.ts";
import { isDefaultNetwork, isNamedNetwork } from "../../job/plan-wiring.ts";
import { orAborted } from "../../support/or-aborted.ts";
import { type Check, fail, type Outcome, pass, skip, warn } from "../check.ts";
import type { DoctorContext } from "../doctor-context.ts";
import { defaultInterface, printRoutes } from "../default-route.ts";
import { reachByGit } from "../git-reach.ts";

const dockerDefault = 1500;
/** Of header: more than two packets of full size, and less than any server refuses. */
const paddingBytes = 4_000;
const paddedLimitMs = 4_000;

/** Whether packets of a job's containers get through: by the sizes that are set, and by sending some of full size. */
export const mtuCheck: Check<DoctorContext> = {
  name: "mtu",
  needs: ["clone-url"],
  limitMs: 9_000,
  run: async (context, signal) => {
    const [site, { uplinkMtu }, { engine }] = await Promise.all([context.site(), context.host(), context.daemon()]);
    const { output } = await site.run(`${printRoutes}; grep . /sys/class/net/*/mtu`, [], signal);
    const mtu = mtuOf(output);
    if (mtu === null) return skip("the job's network has no way out");
    const bridge = site.hasOwnNetwork ? (await networkFacts(engine, "bridge", signal)).mtu : null;
    const mode = context.runner.docker.network_mode;
    const bySize = judgeMtu({ job: mtu, uplink: uplinkMtu, bridge }, mode);
    // What comes back of something else than the sources' server, such as a page to sign in, says nothing of packets.
    if (bySize.verdict === "fail" || (await context.reach()).kind !== "reached") return bySize;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(paddedLimitMs)]);
    const isLost = await orAborted(reachByGit(context, paddingBytes, limit), limit).then(
      () => false,
      (error: unknown) => {
        signal.throwIfAborted();
        if (!limit.aborted) throw error;
        return true;
      },
    );
    if (!isLost) return bySize;
    const fitting = Math.min(mtu - 100, 1400);
    return fail(
      `small packets reach the coordinator from a job's network and full ones of ${mtu} bytes don't: some link on the way takes less`,
      isDefaultNetwork(mode)
        ? `${mtuFix(mode, fitting)}, and "mtu": ${fitting} in /etc/docker/daemon.json`
        : mtuFix(mode, fitting),
    );
  },
};

export interface Mtus {
  readonly job: number;
  /** null where it isn't known. */
  readonly uplink: number | null;
  /** Docker's default bridge, which jobs without services are on; null where no job is. */
  readonly bridge: number | null;
}

/** Networks of containers must not let through more than the daemon's host can send on. `mode`: network_mode. */
export function judgeMtu({ job, uplink, bridge }: Mtus, mode: string): Outcome {
  if (uplink === null) return pass(`a job's network has MTU ${job}`);
  if (job > uplink)
    return fail(
      `a job's network has MTU ${job}, and the uplink of the daemon's host ${uplink}: large packets get lost, downloads hang`,
      mtuFix(mode, uplink),
    );
  if (bridge !== null && bridge > uplink)
    return warn(
      `Docker's default bridge has MTU ${bridge}, and the uplink of the daemon's host ${uplink}: downloads of jobs without services hang`,
      `write "mtu": ${uplink} into /etc/docker/daemon.json and restart the daemon`,
    );
  return pass(`a job's network has MTU ${job}, the uplink of the daemon's host ${uplink}`);
}

/** Networks that were there before the job don't obey `network_mtu`. */
function mtuFix(mode: string, mtu: number): string {
  if (isDefaultNetwork(mode)) return `set \`network_mtu = ${mtu}\` in [runners.docker]`;
  if (!isNamedNetwork(mode)) return `ip link set dev INTERFACE mtu ${mtu}   # the one of that network's default route`;
  return `docker network rm ${mode} && docker network create -o com.docker.network.driver.mtu=${mtu} ${mode}   # when no container is on it`;
}

/** Of the interface of the default route; lines of `grep . /sys/class/net/*\/mtu`. */
function mtuOf(output: string): number | null {
  const name = defaultInterface(output);
  const line = output.split("\n").find((text) => name !== null && text.startsWith(`/sys/class/net/${name}/mtu:`));
  return line === undefined ? null : Number(line.split(":")[1]) || dockerDefault;
}
