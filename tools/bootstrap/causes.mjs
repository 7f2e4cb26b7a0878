// From the output of apt, npm, tsc or dockerd to a cause and a fix. First match wins: the specific ones stand first.
import { BootstrapFailure, firstLines, lastLines } from "./failure.mjs";

const diskFull = {
  sign: /no space left on device|ENOSPC|not have enough free space/i,
  what: "the disk is full",
  fix: "free some space (`df -h` shows where; `npm run engine -- stop --purge` removes the private engine's data), then run the command again",
};
const nameNotFound =
  /Temporary failure resolving|Could not resolve|Name or service not known|EAI_AGAIN|ENOTFOUND|no such host/i;
const noConnection =
  /Failed getting release file|Couldn't download packages|Could not connect|Connection timed out|Connection refused|Network is unreachable|ETIMEDOUT|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|i\/o timeout/i;

const rules = {
  apt: [
    diskFull,
    {
      sign: /Could not get lock|is held by process|dpkg frontend lock/i,
      what: "another program is installing Debian packages",
      fix: "wait until it is done (`fuser /var/lib/dpkg/lock-frontend` names it), then run the command again",
    },
    {
      sign: /dpkg was interrupted/i,
      what: "an earlier installation of Debian packages was interrupted",
      fix: "run `dpkg --configure -a`, then the command again",
    },
    {
      sign: /NO_PUBKEY|is not signed|EXPKEYSIG|signature.*(invalid|couldn't be verified)/i,
      what: "apt does not trust the signature of a package mirror",
      fix: "install the mirror's key or remove the mirror from /etc/apt/sources.list*, check that `apt-get update` runs clean, then run the command again",
    },
    {
      sign: nameNotFound,
      what: "the Debian mirror's name cannot be resolved",
      fix: "check the network and /etc/resolv.conf (a proxy goes into http_proxy and https_proxy), then run the command again",
    },
    {
      sign: noConnection,
      what: "the Debian mirror does not answer",
      fix: "check the network, the proxy settings (http_proxy) and the mirror in /etc/apt/sources.list*, then run the command again",
    },
    {
      sign: /Unable to locate package|has no installation candidate/i,
      what: "the package sources of this machine do not have a package that is needed",
      fix: "add the distribution's main component (Ubuntu: universe too) to /etc/apt/sources.list*, or install a Docker engine yourself and set DOCKER_HOST",
    },
    {
      sign: /Conflicts: docker|docker-ce|containerd\.io/i,
      what: "docker.io of the distribution conflicts with Docker's own packages, which are installed here",
      fix: "start that Docker (`systemctl start docker`), or set DOCKER_HOST to an engine that answers",
    },
  ],
  npm: [
    diskFull,
    {
      sign: /EBADENGINE/,
      what: "npm runs on a Node that the project does not admit",
      fix: "remove .cache/node and run the command again: it brings its own Node",
    },
    {
      sign: /EUSAGE|package-lock\.json.*(in sync|not satisfy)/i,
      what: "package.json and package-lock.json do not agree",
      fix: "run `npm install --package-lock-only` and `node tools/complete-lockfile.mjs`, look at the difference, then run the command again",
    },
    {
      sign: /EINTEGRITY/,
      what: "a downloaded package does not have the checksum in package-lock.json",
      fix: "run `npm cache clean --force` and the command again; if it happens again, do not trust the registry in use",
    },
    {
      sign: /E401|E403|ENEEDAUTH/,
      what: "the package registry refuses this machine",
      fix: "check the registry and the credentials in ~/.npmrc (`npm config get registry`), then run the command again",
    },
    {
      sign: /SELF_SIGNED_CERT|UNABLE_TO_VERIFY|UNABLE_TO_GET_ISSUER|CERT_HAS_EXPIRED/,
      what: "the package registry's certificate is not trusted",
      fix: "set NODE_EXTRA_CA_CERTS to your organisation's authority certificate, then run the command again",
    },
    {
      sign: /E404|ETARGET|notarget/,
      what: "the package registry does not have a version that is needed",
      fix: "check that the registry in use is complete (`npm config get registry`), then run the command again",
    },
    {
      sign: new RegExp(`${nameNotFound.source}|${noConnection.source}`, "i"),
      what: "the package registry cannot be reached",
      fix: "check the network and the proxy settings (`npm config get registry`, https_proxy), then run the command again",
    },
    {
      sign: /EACCES|EPERM/,
      what: "npm may not write to the project's directory or to its own cache",
      fix: "make both belong to you (`chown -R $(id -un) . ~/.npm`), then run the command again",
    },
  ],
  dockerd: [
    diskFull,
    {
      sign: /address already in use|failed to listen|can't create unix socket/i,
      what: "the private engine's socket or port is taken",
      fix: "run `npm run engine -- stop`, and again the command; if it stays, `ss -xlp` shows who holds the socket",
    },
    {
      sign: /pid file found, ensure docker is not running|process with PID \d+ is still running/i,
      what: "another dockerd uses the private engine's directory",
      fix: "run `npm run engine -- stop`, then the command again",
    },
    {
      sign: /iptables.*(not found|failed)|(Failed to initialize nft|Table does not exist)|error initializing network controller/i,
      what: "the engine cannot set up its network: the kernel or this container gives no access to iptables",
      fix: "run on a machine (or in a privileged container) whose kernel has iptables/NAT, or set DOCKER_HOST to an engine elsewhere",
    },
    {
      sign: /devices cgroup|cgroup.*(mount|not found|isn't mounted)|mountpoint for .* not found/i,
      what: "no cgroup file system is mounted",
      fix: "mount it (Debian's package cgroupfs-mount does), or set DOCKER_HOST to an engine elsewhere",
    },
    {
      sign: /operation not permitted|permission denied/i,
      what: "the kernel refuses what an engine needs",
      fix: "run as root on a machine of your own or in a privileged container, or set DOCKER_HOST to an engine elsewhere",
    },
  ],
  image: [diskFull],
};
rules.image.push(...rules.apt.filter((rule) => rule !== diskFull), ...rules.npm.filter((rule) => rule !== diskFull));

/** The failure to show for a program that ended badly. `doing` says what it was for: "npm ci" and the like. */
export function explain(program, doing, output) {
  const rule = (rules[program] ?? []).find(({ sign }) => sign.test(output));
  // npm puts the essence first and ends with pages of advice; the others end with what went wrong.
  const evidence = program === "npm" ? firstLines(output, 15) : lastLines(output, 15);
  if (rule) return new BootstrapFailure(`${doing} failed: ${rule.what}`, rule.fix, evidence);
  return new BootstrapFailure(
    `${doing} failed`,
    "the lines above are all it said; cure what they name and run the command again",
    evidence,
  );
}
