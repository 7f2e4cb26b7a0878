import type { ScriptJob } from "../../../support/coordinator.ts";
import { images } from "../../../support/engine.ts";
import { elsewhere, type SetUp, sharedDaemon, sharedNames } from "./matrix.ts";

const dind = [{ name: images.dind, alias: "docker" }];
const withTls: Pick<ScriptJob, "services" | "variables"> = {
  services: dind,
  variables: { DOCKER_TLS_CERTDIR: "/certs" },
};
const plain: Pick<ScriptJob, "services" | "variables"> = { services: dind, variables: { DOCKER_TLS_CERTDIR: "" } };

/** What config.toml's [runners.docker.daemon] gives. */
export const wirings = {
  socket: { title: 'wiring "socket"', limits: sharedDaemon },
  "dind-tls": { title: 'wiring "dind"' },
  "dind-plain": { title: 'wiring "dind", tls = false' },
  tcp: { title: 'wiring "tcp", the agent\'s daemon', limits: sharedDaemon },
  "tcp-tls": { title: 'wiring "tcp" with TLS, the agent\'s daemon', limits: sharedDaemon },
  "tcp-tls-elsewhere": { title: 'wiring "tcp" with TLS, a daemon elsewhere', limits: { ...elsewhere, ...sharedNames } },
} satisfies Record<string, SetUp>;

/** What GitLab Runner's configurations have, without a wiring. */
export const classic = {
  "classic-socket": { title: "volume /var/run/docker.sock", limits: sharedNames },
  "classic-dind-tls": { title: "service docker:dind", job: withTls },
  "classic-dind-plain": { title: "service docker:dind, DOCKER_TLS_CERTDIR empty", job: plain },
} satisfies Record<string, SetUp>;

/** Agents in containers. */
export const deployments = {
  "long-lived-dind": { title: "long-lived dind, its docker.sock as a volume (S4)", limits: sharedNames },
  "in-container": { title: "agent in a container, its socket handed on (S3)", limits: sharedDaemon },
} satisfies Record<string, SetUp>;
