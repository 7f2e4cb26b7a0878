import type { Evidence } from "../evidence.ts";

/**
 * Whom the daemon belongs to that the job's `docker` speaks to: "host" is one that other jobs use as well, "sidecar"
 * the runner's own dind for this job, "service" a dind that the job brought; "unknown" when it can't be told.
 */
export type DaemonOwner = "host" | "sidecar" | "service" | "unknown";

export function whoseDaemon({ client, services }: Evidence): DaemonOwner {
  const host = /^(?:tcp|https?):\/\/\[?([^\]:/]+)/.exec(client.host)?.[1];
  if (host !== undefined) {
    const service = services.find(({ isDaemon, aliases }) => isDaemon && aliases.includes(host));
    if (service !== undefined) return service.isSidecar ? "sidecar" : "service";
    return client.wiring === "tcp" ? "host" : "unknown";
  }
  if (client.wiring === "dind") return "sidecar";
  if (client.socket !== "" || client.wiring === "socket") return "host";
  return "unknown";
}

/** What an admin writes so that a job has a daemon for itself; "" when it has one, or nobody knows. */
export function daemonForEachJob(evidence: Evidence): string {
  return whoseDaemon(evidence) === "host"
    ? '[runners.docker.daemon] wiring = "dind" gives each job a daemon of its own'
    : "";
}

/** Where an option of the daemon is set. `flag` as dockerd takes it, `json` as its daemon.json has it. */
export function daemonOption(evidence: Evidence, flag: string, json: string): { author: string; admin: string } {
  switch (whoseDaemon(evidence)) {
    case "sidecar":
      return { author: "", admin: `[runners.docker.daemon] command = ["${flag}"]` };
    case "service":
      return { author: `services: [{ name: docker:dind, alias: docker, command: ["${flag}"] }]`, admin: "" };
    case "host":
    case "unknown":
      return { author: "", admin: `/etc/docker/daemon.json of the daemon's host: { ${json} }, and restart it` };
  }
}
