import type { Evidence } from "../evidence.ts";
import type { Finding } from "../rule.ts";

/** How a job without a Docker daemon comes to one: a service of its own, or what the runner's admin can give to every job. */
export function waysToDaemon({ client, services }: Evidence): Pick<Finding, "author" | "admin"> {
  if (client.wiring !== "none") {
    const address =
      client.wiring === "dind" ? (services.find(({ isSidecar }) => isSidecar)?.aliases[0] ?? "docker") : "";
    return {
      author: `remove DOCKER_HOST from variables: and from the script: the runner sets it to its own daemon${address === "" ? "" : ` (${address})`}`,
      admin: "",
    };
  }
  return {
    author: "add services: [docker:dind] to the job (the runner must allow privileged services)",
    admin:
      'in [runners.docker.daemon], wiring = "dind" gives each job a daemon of its own, wiring = "socket" the host\'s',
  };
}
