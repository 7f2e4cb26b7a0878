import { parseDaemonAddress } from "../daemon/address.ts";
import type { KeyPath } from "./key-tree.ts";
import type { Problem } from "./problem.ts";
import type { Surroundings } from "./resolve.ts";
import type { DaemonConfig } from "./schema-daemon.ts";
import type { DockerConfig } from "./schema-docker.ts";

const defaultHost = "unix:///var/run/docker.sock";
const defaultSocket = "/var/run/docker.sock";

/** The keys of [runners.docker] and its daemon table that default to the environment or to each other. */
export function resolveDocker(
  docker: DockerConfig,
  path: KeyPath,
  surroundings: Surroundings,
): { docker: DockerConfig; problems: Problem[] } {
  const connection = resolveConnection(docker, surroundings);
  const problem = checkHost(connection.host, [...path, "host"]);
  const wait = docker.wait_for_services_timeout === 0 ? 30 : docker.wait_for_services_timeout;
  const resolved = { ...docker, ...connection, wait_for_services_timeout: wait };
  if (problem) return { docker: resolved, problems: [problem] };
  if (!docker.daemon) return { docker: resolved, problems: [] };
  const daemon = resolveDaemon(docker.daemon, resolved, [...path, "daemon"]);
  return { docker: { ...resolved, daemon: daemon.daemon }, problems: daemon.problems };
}

/** As the docker CLI and GitLab Runner: the environment counts only where no host is written. */
function resolveConnection(docker: DockerConfig, { env, home }: Surroundings) {
  const written = docker.host !== "";
  const host = written ? docker.host : env["DOCKER_HOST"] || defaultHost;
  const tls_verify = written ? docker.tls_verify : docker.tls_verify || isTrue(env["DOCKER_TLS_VERIFY"]);
  const certificates = docker.tls_cert_path || (written ? "" : (env["DOCKER_CERT_PATH"] ?? ""));
  return { host, tls_verify, tls_cert_path: certificates || (tls_verify ? `${home}/.docker` : "") };
}

const isTrue = (value: string | undefined): boolean => /^(?:1|t|true)$/i.test(value ?? "");

function checkHost(host: string, path: KeyPath): Problem | null {
  try {
    parseDaemonAddress(host, false);
    return null;
  } catch {
    const ssh = host.startsWith("ssh:");
    return {
      code: "CONFIG_HOST",
      path,
      text: ssh
        ? "a daemon over ssh is not supported"
        : `${JSON.stringify(host)} is not the address of a Docker daemon`,
      hint: ssh
        ? "forward the daemon's socket with `ssh -L` and use unix://PATH, or let the daemon listen on tcp:// with TLS"
        : "write unix:///var/run/docker.sock, tcp://HOST:2375 or, with tls_verify and tls_cert_path, tcp://HOST:2376",
    };
  }
}

function resolveDaemon(
  daemon: DaemonConfig,
  docker: DockerConfig,
  path: KeyPath,
): { daemon: DaemonConfig; problems: Problem[] } {
  switch (daemon.wiring) {
    case "socket": {
      const own = docker.host.startsWith("unix://") ? docker.host.slice("unix://".length) : defaultSocket;
      return { daemon: { ...daemon, socket_path: daemon.socket_path || own }, problems: [] };
    }
    case "dind":
      return { daemon, problems: [] };
    case "tcp":
      return resolveTcp(daemon, docker, path);
  }
}

function resolveTcp(
  daemon: Extract<DaemonConfig, { wiring: "tcp" }>,
  docker: DockerConfig,
  path: KeyPath,
): { daemon: DaemonConfig; problems: Problem[] } {
  const borrowed = daemon.address === "";
  const resolved = {
    ...daemon,
    address: borrowed ? docker.host : daemon.address,
    tls_verify: daemon.tls_verify || (borrowed && docker.tls_verify),
    tls_cert_path: daemon.tls_cert_path || (borrowed ? docker.tls_cert_path : ""),
  };
  const where = [...path, "address"];
  if (resolved.address.startsWith("unix://")) {
    const text = `wiring = "tcp" needs a tcp:// address, and ${borrowed ? "`host` is a socket" : "this is a socket"}`;
    const hint = 'write address = "tcp://HOST:2376", or wiring = "socket"';
    return { daemon: resolved, problems: [{ code: "CONFIG_HOST", path: where, text, hint }] };
  }
  const problem = checkHost(resolved.address, where);
  return { daemon: resolved, problems: problem ? [problem] : [] };
}
