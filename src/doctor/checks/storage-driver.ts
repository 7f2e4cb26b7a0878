import { type Check, type Outcome, pass, warn } from "../check.ts";
import type { DoctorContext } from "../doctor-context.ts";

/** How the daemon stores layers. */
export const storageDriverCheck: Check<DoctorContext> = {
  name: "storage-driver",
  needs: ["daemon"],
  limitMs: 5_000,
  run: async (context) => {
    const [{ facts }, { rootDir }] = await Promise.all([context.daemon(), context.report()]);
    return judgeStorageDriver(facts.storageDriver, rootDir);
  },
};

export function judgeStorageDriver(storageDriver: string, rootDir: string): Outcome {
  if (storageDriver === "vfs")
    return warn(
      "the daemon stores layers with vfs, which copies each layer whole: jobs are slow and the disk fills up",
      `put ${rootDir} on ext4 or xfs (for a dind: a volume there) and write "storage-driver": "overlay2" into /etc/docker/daemon.json`,
    );
  if (["aufs", "devicemapper", "overlay"].includes(storageDriver))
    return warn(
      `the daemon stores layers with ${storageDriver}, which Docker has given up`,
      'write "storage-driver": "overlay2" into /etc/docker/daemon.json',
    );
  return pass(`layers are stored with ${storageDriver}`);
}
