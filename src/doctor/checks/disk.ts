import { type Check, skip } from "../check.ts";
import { daemonDisk, judgeDisk } from "../disk-space.ts";
import type { DoctorContext } from "../doctor-context.ts";

export const pruneFix =
  "docker system prune --all --volumes --filter label!=dev.longshore.agent   # what no container uses; or a larger disk";

/** Room for images, layers and volumes, where the daemon has them. */
export const diskCheck: Check<DoctorContext> = {
  name: "disk",
  needs: ["network"],
  limitMs: 8_000,
  run: async (context) => {
    const [{ disk }, { rootDir }] = await Promise.all([context.host(), context.report()]);
    if (Number.isNaN(disk.freeBytes)) return skip("the helper image's df doesn't say how much is free");
    return judgeDisk(`the daemon's data (${rootDir})`, disk, daemonDisk, pruneFix);
  },
};
