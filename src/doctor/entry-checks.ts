import { addressPoolsCheck } from "./checks/address-pools.ts";
import { apiCheck } from "./checks/api.ts";
import { bindPathCheck } from "./checks/bind-path.ts";
import { cgroupCheck } from "./checks/cgroup.ts";
import { clockCheck } from "./checks/clock.ts";
import { cloneUrlCheck } from "./checks/clone-url.ts";
import { coordinatorCheck } from "./checks/coordinator.ts";
import { daemonCheck } from "./checks/daemon.ts";
import { diskCheck } from "./checks/disk.ts";
import { entryCheck } from "./checks/entry.ts";
import { helperImageCheck } from "./checks/helper-image.ts";
import { helperToolsCheck } from "./checks/helper-tools.ts";
import { jobDaemonCheck } from "./checks/job-daemon.ts";
import { leftoversCheck } from "./checks/leftovers.ts";
import { mtuCheck } from "./checks/mtu.ts";
import { nameResolutionCheck } from "./checks/name-resolution.ts";
import { networkCheck } from "./checks/network.ts";
import { privilegedCheck } from "./checks/privileged.ts";
import { registryCheck } from "./checks/registry.ts";
import { storageDriverCheck } from "./checks/storage-driver.ts";
import type { Check } from "./check.ts";
import type { DoctorContext } from "./doctor-context.ts";

/** What is checked of a [[runners]] entry, in the order in which it is shown: what others need stands before them. */
export const entryChecks: readonly Check<DoctorContext>[] = [
  entryCheck,
  coordinatorCheck,
  clockCheck,
  daemonCheck,
  apiCheck,
  storageDriverCheck,
  cgroupCheck,
  addressPoolsCheck,
  leftoversCheck,
  registryCheck,
  helperImageCheck,
  networkCheck,
  helperToolsCheck,
  nameResolutionCheck,
  cloneUrlCheck,
  mtuCheck,
  bindPathCheck,
  diskCheck,
  privilegedCheck,
  jobDaemonCheck,
];
