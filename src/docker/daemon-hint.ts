import type { DockerError, DockerErrorKind } from "./errors.ts";

const hints: Readonly<Partial<Record<DockerErrorKind, string>>> = {
  unreachable:
    "the runner's Docker daemon is not there: check that it runs, and `host` in [runners.docker] of config.toml",
  "permission-denied": "the agent's user may not use the Docker socket: run it as root or in the socket's group",
  tls: "check `host`, `tls_verify` and `tls_cert_path` in [runners.docker] of config.toml: daemon and agent must both speak TLS, or neither",
  "connection-lost":
    "the runner's Docker daemon was stopped or restarted, or the network to it failed; its own log says more (`journalctl -u docker`)",
  stopping:
    "the runner's Docker daemon, or the containerd under it, was stopped or restarted; its own log says more (`journalctl -u docker`)",
  timeout:
    "the runner's Docker daemon takes calls but does not answer them: see `systemctl status docker`, `journalctl -u docker`, and whether its disk is full or slow",
};

/** What an admin can change about a daemon that can't be used; "" where the daemon's own words say it. */
export function daemonHint(error: DockerError): string {
  return hints[error.kind] ?? "";
}
