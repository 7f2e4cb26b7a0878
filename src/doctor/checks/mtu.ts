import { defaultRouteInterface } from "../../daemon/network-mtu.ts";
import { networkFacts } from "../../docker/network.ts";
import { type Check, fail, type Outcome, pass, skip, warn } from "../check.ts";
import type { DoctorContext } from "../doctor-context.ts";
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
    const { output } = await site.run("cat /proc/net/route; grep . /sys/class/net/*/mtu", [], signal);
    const mtu = mtuOf(output);
    if (mtu === null) return skip("the job's network has no way out");
    const bridge = site.hasOwnNetwork ? (await networkFacts(engine, "bridge", signal)).mtu : null;
    const bySize = judgeMtu({ job: mtu, uplink: uplinkMtu, bridge });
    if (bySize.verdict === "fail") return bySize;
    const limit = AbortSignal.any([signal, AbortSignal.timeout(paddedLimitMs)]);
    const isThrough = await reachByGit(context, paddingBytes, limit).then(
      ({ kind }) => kind === "reached" || kind === "server-error",
      (error: unknown) => {
        signal.throwIfAborted();
        if (!limit.aborted) throw error;
        return false;
      },
    );
    if (isThrough) return bySize;
    return fail(
      `small packets reach the coordinator from a job's network and full ones of ${mtu} bytes don't: some link on the way takes less`,
      `set \`network_mtu = ${Math.min(mtu - 100, 1400)}\` in [runners.docker], and "mtu": ${Math.min(mtu - 100, 1400)} in /etc/docker/daemon.json`,
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

/** Networks of containers must not let through more than the daemon's host can send on. */
export function judgeMtu({ job, uplink, bridge }: Mtus): Outcome {
  if (uplink === null) return pass(`a job's network has MTU ${job}`);
  if (job > uplink)
    return fail(
      `a job's network has MTU ${job}, and the uplink of the daemon's host ${uplink}: large packets get lost, downloads hang`,
      `set \`network_mtu = ${uplink}\` in [runners.docker]`,
    );
  if (bridge !== null && bridge > uplink)
    return warn(
      `Docker's default bridge has MTU ${bridge}, and the uplink of the daemon's host ${uplink}: downloads of jobs without services hang`,
      `write "mtu": ${uplink} into /etc/docker/daemon.json and restart the daemon`,
    );
  return pass(`a job's network has MTU ${job}, the uplink of the daemon's host ${uplink}`);
}

/** Of the interface of the default route; lines of `grep . /sys/class/net/*\/mtu`. */
function mtuOf(output: string): number | null {
  const name = defaultRouteInterface(output);
  const line = output.split("\n").find((text) => name !== null && text.startsWith(`/sys/class/net/${name}/mtu:`));
  return line === undefined ? null : Number(line.split(":")[1]) || dockerDefault;
}
