import type { Rule } from "../rule.ts";
import { cgroupNotMounted } from "./cgroup-not-mounted.ts";
import { cgroupV2State } from "./cgroup-v2-state.ts";
import { containerNameTaken } from "./container-name-taken.ts";
import { daemonDiskFull } from "./daemon-disk-full.ts";
import { diskFull } from "./disk-full.ts";
import { emptyBindMount } from "./empty-bind-mount.ts";
import { imageNotFound } from "./image-not-found.ts";
import { imageNotOnDaemon } from "./image-not-on-daemon.ts";
import { inotifyLimit } from "./inotify-limit.ts";
import { iptablesUnusable } from "./iptables-unusable.ts";
import { mtuBlackHole } from "./mtu-black-hole.ts";
import { noAddressPool } from "./no-address-pool.ts";
import { openFilesLimit } from "./open-files-limit.ts";
import { platformMissing } from "./platform-missing.ts";
import { portTaken } from "./port-taken.ts";
import { processLimit } from "./process-limit.ts";
import { registryCertificate } from "./registry-certificate.ts";
import { registryDenied } from "./registry-denied.ts";
import { registryPlainHttp } from "./registry-plain-http.ts";
import { registryRateLimit } from "./registry-rate-limit.ts";
import { registryUnreachable } from "./registry-unreachable.ts";
import { shmFull } from "./shm-full.ts";

/** In the order in which they are asked: the first that knows the cause is the one that is shown. */
export const resourcesRules: readonly Rule[] = [
  // Why a daemon is not there, or can start nothing.
  iptablesUnusable,
  cgroupV2State,
  cgroupNotMounted,
  // What it refused.
  containerNameTaken,
  portTaken,
  noAddressPool,
  mtuBlackHole,
  registryRateLimit,
  registryPlainHttp,
  registryCertificate,
  registryUnreachable,
  platformMissing,
  imageNotFound,
  registryDenied,
  imageNotOnDaemon,
  // Limits. A watch that fails has the words of a full disk or of too many open files.
  inotifyLimit,
  daemonDiskFull,
  shmFull,
  diskFull,
  openFilesLimit,
  processLimit,
  // Last, as it goes by what is missing.
  emptyBindMount,
];
