import type { Rule } from "../rule.ts";
import { aboutRegistry, registryIn } from "./pull-words.ts";
import { refused } from "./said.ts";
import { whoseDaemon } from "./whose-daemon.ts";

const words = aboutRegistry(
  "/v2/.*(?:dial tcp.*?(?<name>no such host|server misbehaving|lookup \\S+ on \\S+: read udp)|dial tcp.*?(?<refused>connection refused|no route to host|network is unreachable)|(?<silent>i/o timeout|TLS handshake timeout|Client\\.Timeout exceeded|request canceled while waiting for connection|context deadline exceeded|connection reset by peer|: EOF$))",
);

/** It is the daemon that pulls, with its own name servers, proxies and routes. */
export const registryUnreachable: Rule = {
  name: "registry-unreachable",
  of: "failed",
  explain: (evidence) => {
    const said = refused(evidence, words);
    if (said === null) return null;
    const registry = registryIn(said.match.input) || "the registry";
    const { name, refused: closed } = said.match.groups ?? {};
    const problem =
      name !== undefined
        ? `the daemon's name servers do not know ${registry}`
        : closed !== undefined
          ? /^(?:localhost|127\.)/.test(registry)
            ? `the daemon looks for ${registry} on its own host, and nobody listens there: that is never the job or one of its services`
            : `nobody answers the daemon at ${registry}: the address is wrong, the registry is down, or no route leads there`
          : `the daemon reaches ${registry} too slowly or not at all`;
    const owner = said.by === "runner" ? "host" : whoseDaemon(evidence);
    return {
      cause: problem,
      seen: said.line,
      author: "check the registry in the image's name; it is the daemon that pulls, not the job's container",
      admin:
        owner === "sidecar" || owner === "service"
          ? 'the job\'s daemon lives in a container: [runners.docker] dns = ["ADDRESS"], and proxies in [[runners]] environment'
          : "on the daemon's host: its DNS and routes, and for a proxy HTTPS_PROXY in the daemon's environment",
    };
  },
};
