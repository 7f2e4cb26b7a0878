import { z } from "zod";
import { annotate, boolean, duration, list, oneOf, text } from "./keys.ts";

const wirings = ["socket", "dind", "tcp"] as const;

const wiring = <const W extends (typeof wirings)[number]>(value: W) =>
  annotate(z.literal(value), {
    kind: "string",
    description: "How a job's own `docker` reaches a Docker daemon.",
    choices: wirings,
    env: "DOCKER_DAEMON_WIRING",
  });

const socketDaemon = z.object({
  wiring: wiring("socket"),
  socket_path: text(
    "The daemon's socket on the daemon's host; it is mounted at `/var/run/docker.sock` in the build container.",
    { defaultText: "the path in `host` when that is `unix://`, else `/var/run/docker.sock`" },
  ),
});

const dindDaemon = z.object({
  wiring: wiring("dind"),
  image: text("Image of the daemon that is started for each job. It runs privileged; the build container need not.", {
    value: "docker:dind",
  }),
  alias: text("Host name under which the job reaches that daemon.", { value: "docker" }),
  tls: boolean("TLS with certificates made for each job (port 2376); `false` is plain HTTP on port 2375.", {
    value: true,
  }),
  storage: oneOf(
    ["job", "leased"],
    "Where the daemon keeps images and layers: `job` is a volume that goes with the job; `leased` one that later jobs of the same project get, protected and other refs apart, one job at a time (see warm-layers.md).",
    { value: "job" },
  ),
  storage_max_size: text("A leased volume that has grown beyond this is wiped; `0` for no limit.", { value: "20g" }),
  storage_max_age: duration(
    "A leased volume is wiped when it is older, and removed when it has not been used for so long; `0` for no limit.",
    { value: 7 * 24 * 3_600_000 },
  ),
  command: list("Arguments added to the daemon's command line.", {
    example: '["--registry-mirror=https://mirror.test"]',
  }),
});

const tcpDaemon = z.object({
  wiring: wiring("tcp"),
  address: text("The daemon, as the job reaches it.", {
    defaultText: "`host`, when that is `tcp://`",
    example: '"tcp://docker.example.com:2376"',
  }),
  tls_verify: boolean(
    "Use TLS and verify the daemon. With neither `address` nor this key set, `tls_verify` of [runners.docker] counts.",
  ),
  tls_cert_path: text(
    "Directory on the agent's host with `ca.pem`, `cert.pem` and `key.pem`; mounted read-only into the job.",
    {
      defaultText: "`tls_cert_path` of [runners.docker] when `address` is not set",
    },
  ),
});

export const daemonSchema = z.discriminatedUnion("wiring", [socketDaemon, dindDaemon, tcpDaemon]);

/** `[runners.docker.daemon]`, every default filled in (see resolve.ts for those that depend on other keys). */
export type DaemonConfig = z.output<typeof daemonSchema>;
