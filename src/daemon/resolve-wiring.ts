import { stat } from "node:fs/promises";
import type { DockerConfig } from "../config/schema.ts";
import { uniqueAlias } from "../job/names.ts";
import { parseDaemonAddress } from "./address.ts";
import { readDockerCertificates } from "./certificate-files.ts";
import { issueDaemonCertificates } from "./certificates.ts";
import type { DaemonWiring } from "./contribution.ts";
import type { Daemon } from "./daemons.ts";

const defaultSocket = "/var/run/docker.sock";
/** Beyond the job's own limit, for what comes before and after it. */
const certificateSlackMs = 3_600_000;

/**
 * Does the I/O that a wiring needs before planning: reads or makes certificates.
 *
 * @param timeoutMs the job's limit: certificates made for it live little longer
 * @param suffix of the job's names, by which a daemon of its own is called on a network that others use
 */
export async function resolveWiring(
  docker: DockerConfig,
  daemon: Daemon,
  now: number,
  timeoutMs: number,
  suffix = "",
): Promise<DaemonWiring> {
  const config = docker.daemon;
  if (config === null || config === undefined) return { kind: "none" };
  switch (config.wiring) {
    case "socket": {
      const byHost = daemon.address.kind === "unix" ? daemon.address.path : defaultSocket;
      const socketPath = config.socket_path === "" ? byHost : config.socket_path;
      return { kind: "socket", socketPath, group: daemon.address.kind === "unix" ? await groupOf(socketPath) : null };
    }
    case "dind": {
      const names = suffix === "" ? [config.alias] : [config.alias, uniqueAlias(config.alias, suffix)];
      const tls = config.tls ? await issueDaemonCertificates(names, now, timeoutMs + certificateSlackMs) : null;
      const bounds = { maxSize: config.storage_max_size, maxAgeMs: config.storage_max_age };
      const lease = config.storage === "leased" ? bounds : null;
      return { kind: "dind", image: config.image, alias: config.alias, tls, command: config.command, lease };
    }
    case "tcp": {
      const own = config.address === "";
      const address = own ? daemon.address : parseDaemonAddress(config.address, config.tls_verify);
      const path = own && config.tls_cert_path === "" ? docker.tls_cert_path : config.tls_cert_path;
      const tls = address.kind === "tcp" && address.tls;
      return {
        kind: "tcp",
        address,
        certificates: tls ? await readDockerCertificates(path) : null,
        isAgentsDaemon: sameAddress(address, daemon.address),
      };
    }
  }
}

/** Known where the daemon is on this host, or its socket is mounted at the same path. */
async function groupOf(socketPath: string): Promise<number | null> {
  try {
    const found = await stat(socketPath);
    return found.isSocket() ? found.gid : null;
  } catch {
    return null;
  }
}

function sameAddress(one: Daemon["address"], other: Daemon["address"]): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
