import type { DockerError } from "./errors.ts";

/** What an admin can change about a daemon that can't be used; "" where the daemon's own words say it. */
export function daemonHint(error: DockerError): string {
  switch (error.kind) {
    case "unreachable":
      return "the runner's Docker daemon is not there: check that it runs, and `host` in [runners.docker] of config.toml";
    case "permission-denied":
      return "the agent's user may not use the Docker socket: run it as root or in the socket's group";
    case "tls":
      return "check `host`, `tls_verify` and `tls_cert_path` in [runners.docker] of config.toml: daemon and agent must both speak TLS, or neither";
    case "connection-lost":
      return "the runner's Docker daemon was stopped or restarted, or the network to it failed; its own log says more";
    default:
      return "";
  }
}
