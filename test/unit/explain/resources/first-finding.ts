import type { Evidence, ServiceEvidence } from "../../../../src/explain/evidence.ts";
import { type Explanation, explain } from "../../../../src/explain/explain.ts";
import { evidenceOf, serviceEvidence } from "../../../support/evidence.ts";

/** What a job says whose last command printed these lines. */
export function explained(output: string | readonly string[], parts: Partial<Evidence> = {}): Explanation | undefined {
  return explain(evidenceOf({ output: typeof output === "string" ? [output] : output, ...parts }))[0];
}

/** What a job says whose preparation failed with this message. */
export function unprepared(message: string, parts: Partial<Evidence> = {}): Explanation | undefined {
  return explain(evidenceOf({ failure: { exitCode: null, reason: "runner_system_failure", message }, ...parts }))[0];
}

const { client } = evidenceOf();
const tls = { tlsVerify: "1", certPath: "/certs/client", host: "tcp://docker:2376" };
export const dind = (parts: Partial<ServiceEvidence> = {}) =>
  serviceEvidence({
    name: "docker:dind",
    image: "docker:dind",
    aliases: ["docker"],
    isDaemon: true,
    privileged: true,
    ...parts,
  });

/** The host's daemon, by a socket volume that the admin mounted as he would for GitLab Runner. */
export const onSocket: Partial<Evidence> = { client: { ...client, socket: "/var/run/docker.sock" } };
export const onSidecar: Partial<Evidence> = {
  client: { ...client, wiring: "dind", ...tls },
  services: [dind({ isSidecar: true })],
};
export const onOwnDind: Partial<Evidence> = { client: { ...client, ...tls }, services: [dind()] };
