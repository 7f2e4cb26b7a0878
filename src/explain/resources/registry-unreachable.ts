import type { Rule } from "../rule.ts";
import { registryIn, registrySaid } from "./pull-words.ts";
import { type DaemonOwner, whoseDaemon } from "./whose-daemon.ts";

const words =
  /no such host|server misbehaving|lookup \S{1,255} on \S{1,80}: read udp|connection refused|no route to host|network is unreachable|i\/o timeout|TLS handshake timeout|Client\.Timeout exceeded|request canceled while waiting for connection|context deadline exceeded|connection reset by peer|: EOF$/;
const isName = /no such host|server misbehaving|read udp/;
const isRefused = /connection refused|no route to host|network is unreachable/;

/** It is the daemon that pulls, with its own name servers, proxies and routes. */
export const registryUnreachable: Rule = {
  name: "registry-unreachable",
  of: "failed",
  explain: (evidence) => {
    const said = registrySaid(evidence, words);
    if (said === null || !said.match.input.includes("/v2/")) return null;
    const registry = registryIn(said.match.input) || "the registry";
    const owner = said.by === "runner" ? "host" : whoseDaemon(evidence);
    if (isRefused.test(said.match[0]) && /^(?:localhost|127\.|\[::1\])/.test(registry))
      return { cause: onItsOwnHost(registry), seen: said.line, ...adviceOnLocalhost(registry, owner) };
    return {
      cause: problemWith(registry, said.match[0]),
      seen: said.line,
      author: "check the registry in the image's name; it is the daemon that pulls, not the job's container",
      admin:
        owner === "sidecar" || owner === "service"
          ? 'the job\'s daemon lives in a container: [runners.docker] dns = ["ADDRESS"], and proxies in [[runners]] environment'
          : "on the daemon's host: its DNS and routes, and for a proxy HTTPS_PROXY in the daemon's environment",
    };
  },
};

function problemWith(registry: string, word: string): string {
  if (isName.test(word)) return `the daemon's name servers do not know ${registry}`;
  if (isRefused.test(word))
    return `nobody answers the daemon at ${registry}: the address is wrong, the registry is down, or no route leads there`;
  return `the daemon reaches ${registry} too slowly or not at all`;
}

function onItsOwnHost(registry: string): string {
  return `the daemon looks for ${registry} on its own host, and nobody listens there: that is never the job or one of its services`;
}

/** A daemon in a container of the job's knows the job's services by name; one on the host sees what is published there. */
function adviceOnLocalhost(registry: string, owner: DaemonOwner) {
  const port = /:(\d+)$/.exec(registry)?.[1] ?? "5000";
  const published = `docker run -d -p ${port}:5000 registry:2 puts one there`;
  return {
    author:
      owner === "sidecar" || owner === "service"
        ? `name a service by its alias (registry:5000/IMAGE), with --insecure-registry for that daemon; ${published}`
        : `a registry must publish its port on that host: ${published}; or use a registry's own name`,
    admin: "",
  };
}
