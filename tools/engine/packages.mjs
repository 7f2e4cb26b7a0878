// What the private engine needs from Debian's or Ubuntu's packages; only what is missing is installed.
import { chmodSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { explain } from "../bootstrap/causes.mjs";
import { capture } from "../bootstrap/children.mjs";
import { BootstrapFailure } from "../bootstrap/failure.mjs";
import { step } from "../bootstrap/progress.mjs";

const needed = [
  { package: "docker.io", program: "dockerd" },
  { package: "containerd", program: "containerd" },
  { package: "runc", program: "runc" },
  { package: "iptables", program: "iptables" },
  { package: "debootstrap", program: "debootstrap" },
  { package: "ca-certificates", file: "/etc/ssl/certs/ca-certificates.crt" },
  { package: "debian-archive-keyring", file: "/usr/share/keyrings/debian-archive-keyring.gpg" },
];
const policyFile = "/usr/sbin/policy-rc.d";
const policyMark = "# longshore: only while the private engine's packages are installed";

export const systemPath = [process.env.PATH, "/usr/local/sbin", "/usr/sbin", "/sbin"].filter(Boolean).join(delimiter);

export async function installEnginePackages() {
  const missing = needed.filter((one) => !isThere(one)).map((one) => one.package);
  if (missing.length === 0) return;
  requireRootOnDebian("the packages for the private Docker engine can be installed");
  await step(`installing ${missing.join(", ")} with apt-get`, async (onLine) => {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", NEEDRESTART_MODE: "l", LC_ALL: "C.UTF-8" };
    const apt = (...args) => capture("apt-get", [...aptOptions, ...args], { env, onLine, limit: 900_000 });
    // One broken source of the machine's must not stop us: what counts is whether the packages can be installed.
    const update = await apt("update");
    const install = await withoutStartingServices(() => apt("install", "-y", "--no-install-recommends", ...missing));
    if (!install.ok) throw explain("apt", "apt-get install", `${update.output}\n${install.output}`);
  });
}

const aptOptions = [
  "-q",
  "-o",
  "DPkg::Lock::Timeout=120",
  "-o",
  "Acquire::Retries=2",
  "-o",
  "Acquire::http::Timeout=20",
];

function isThere({ program, file }) {
  if (file) return existsSync(file);
  return systemPath.split(delimiter).some((directory) => existsSync(join(directory, program)));
}

/** @param {string} why what is missing, and what would cure it here: the first half of the error's sentence */
export function requireRootOnDebian(why) {
  const osRelease = existsSync("/etc/os-release") ? readFileSync("/etc/os-release", "utf8") : "";
  const rest = "then run the command again";
  if (!/^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(osRelease)) {
    const name = /^PRETTY_NAME="?([^"\n]*)/m.exec(osRelease)?.[1] ?? process.platform;
    throw new BootstrapFailure(
      `${why} on Debian or Ubuntu only (this is ${name})`,
      `install and start Docker in the way of this system, with access to a registry, or set DOCKER_HOST, ${rest}`,
    );
  }
  if (process.getuid?.() !== 0) {
    throw new BootstrapFailure(
      `${why} by root only`,
      `run the command as root, or start Docker or set DOCKER_HOST to an engine that you may use and that reaches a registry, ${rest}`,
    );
  }
}

// The package starts a system-wide dockerd when it is installed. policy-rc.d is Debian's way to forbid that.
async function withoutStartingServices(work) {
  const ours = existsSync(policyFile) ? readFileSync(policyFile, "utf8").includes(policyMark) : true;
  if (!ours) return work();
  writeFileSync(policyFile, `#!/bin/sh\n${policyMark}\nexit 101\n`);
  chmodSync(policyFile, 0o755);
  try {
    return await work();
  } finally {
    rmSync(policyFile, { force: true });
  }
}
