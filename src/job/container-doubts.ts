import type { Doubt } from "../config/problem.ts";
import type { DockerConfig } from "../config/schema.ts";
import { isIpAddress } from "./addresses.ts";

const cgroupRule = /^[acb] (?:\d+|\*):(?:\d+|\*) [rwm]{1,3}$/;
/** What Linux takes. */
const longestHostname = 64;
const ipcModes = /^(?:|none|private|shareable|host|container:.+|ns:.+)$/;
/** As Linux 5.9 and later have them; those of later kernels are only doubted. */
const capabilities = new Set(
  (
    "ALL AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH " +
    "FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN " +
    "NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYS_ADMIN SYS_BOOT SYS_CHROOT " +
    "SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG SYSLOG WAKE_ALARM"
  ).split(" "),
);

/** Settings that a Docker daemon makes or starts no container with. Another engine may. */
export function containerDoubts(docker: DockerConfig): Doubt[] {
  return [
    ...list(docker, "extra_hosts", isExtraHost, "write NAME:IP"),
    ...list(docker, "links", (link) => /^[^:]+(?::[^:]+)?$/.test(link), "write CONTAINER:ALIAS"),
    ...list(docker, "device_cgroup_rules", (rule) => cgroupRule.test(rule), 'write it like "c 81:* rmw"'),
    ...list(docker, "volumes_from", isVolumesFrom, "write NAME, NAME:ro or NAME:rw"),
    ...list(docker, "cap_add", isCapability, "use a name from capabilities(7), or ALL"),
    ...list(docker, "cap_drop", isCapability, "use a name from capabilities(7), or ALL"),
    ...list(docker, "security_opt", isSecurityOption, securityHint),
    ...list(docker, "services_security_opt", isSecurityOption, securityHint),
    ...paths(docker, "tmpfs"),
    ...paths(docker, "services_tmpfs"),
    ...(Buffer.byteLength(docker.hostname) > longestHostname
      ? [doubt(["hostname"], `is longer than ${longestHostname} bytes`, "use a shorter one")]
      : []),
    ...(ipcModes.test(docker.ipcmode)
      ? []
      : [doubt(["ipcmode"], found(docker.ipcmode), "write none, private, shareable, host or container:NAME")]),
  ];
}

const securityHint = "write no-new-privileges, apparmor=PROFILE, label=OPTION or seccomp=FILE";
const found = (value: string): string => `found ${JSON.stringify(value)}`;

function doubt(path: Doubt["path"], text: string, hint: string): Doubt {
  return { path: ["docker", ...path], text: `${text}, which the Docker daemon refuses`, hint };
}

type ListKey = { [K in keyof DockerConfig]: DockerConfig[K] extends string[] ? K : never }[keyof DockerConfig];

function list<K extends ListKey>(
  docker: Pick<DockerConfig, K>,
  key: K,
  isGood: (value: string) => boolean,
  hint: string,
): Doubt[] {
  const values: readonly string[] = docker[key];
  return values.flatMap((value, index) => (isGood(value) ? [] : [doubt([key, index], found(value), hint)]));
}

function paths(docker: DockerConfig, key: "tmpfs" | "services_tmpfs"): Doubt[] {
  const relative = Object.keys(docker[key]).filter((path) => !path.startsWith("/"));
  return relative.map((path) => doubt([key, path], `${JSON.stringify(path)} is not an absolute path`, "write /PATH"));
}

function isExtraHost(text: string): boolean {
  const [, address] = /^[^:]+:(.+)$/.exec(text) ?? [];
  return address !== undefined && (address === "host-gateway" || isIpAddress(address));
}

function isVolumesFrom(text: string): boolean {
  return /^[^:]+(?::(?:ro|rw|z|Z|nocopy)(?:,(?:ro|rw|z|Z|nocopy))*)?$/.test(text);
}

function isCapability(text: string): boolean {
  return capabilities.has(text.toUpperCase().replace(/^CAP_/, ""));
}

function isSecurityOption(text: string): boolean {
  return text === "no-new-privileges" || text === "disable" || /^[a-z-]+[=:]/.test(text);
}
