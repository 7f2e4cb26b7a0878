import type { ClientEvidence, Evidence, ServiceEvidence } from "../../../../src/explain/evidence.ts";
import { explain, type Explanation } from "../../../../src/explain/explain.ts";
import { evidenceOf, serviceEvidence } from "../../../support/evidence.ts";

/** The last lines of a dockerd that listens. */
export const upOn = (port: number) => [
  'time="2026-03-02T09:11:03.128412907Z" level=info msg="Daemon has completed initialization"',
  'time="2026-03-02T09:11:03.151906521Z" level=info msg="API listen on /var/run/docker.sock"',
  `time="2026-03-02T09:11:03.152110733Z" level=info msg="API listen on [::]:${port}"`,
];

/** docker:dind as a service that speaks TLS, and runs. */
export function dind(parts: Partial<ServiceEvidence> = {}): ServiceEvidence {
  return serviceEvidence({
    name: "docker:dind",
    image: "docker:dind",
    aliases: ["docker"],
    isDaemon: true,
    privileged: true,
    environment: ["DOCKER_TLS_CERTDIR=/certs"],
    log: upOn(2376),
    ...parts,
  });
}

/** The same, ended with exit code 1 after these lines. */
export function deadDind(log: readonly string[], parts: Partial<ServiceEvidence> = {}): ServiceEvidence {
  return dind({ state: { running: false, exitCode: 1, oomKilled: false, error: "" }, log, ...parts });
}

export function clientOf(parts: Partial<ClientEvidence>): ClientEvidence {
  return { ...evidenceOf().client, ...parts };
}

/** A job whose `docker info` printed this. */
export function said(line: string, parts: Partial<Evidence> = {}): Evidence {
  return evidenceOf({ output: ["$ docker info", "Client:", " Context:    default", "Server:", line], ...parts });
}

/** A job that ended before its script. */
export function unstarted(message: string, parts: Partial<Evidence> = {}): Evidence {
  return evidenceOf({ failure: { exitCode: null, reason: "runner_system_failure", message }, ...parts });
}

/** What is shown as the cause; null for silence. */
export function causeOf(evidence: Evidence): Explanation | null {
  return explain(evidence).find(({ isCause }) => isCause) ?? null;
}

/** The rules that know a cause, in their order. */
export function causesOf(evidence: Evidence): string[] {
  return explain(evidence)
    .filter(({ isCause }) => isCause)
    .map(({ rule }) => rule);
}
