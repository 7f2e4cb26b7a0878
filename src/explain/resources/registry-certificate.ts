import type { Rule } from "../rule.ts";
import { registryIn, registrySaid } from "./pull-words.ts";
import { whoseDaemon } from "./whose-daemon.ts";

const words =
  /x509: (?<why>certificate signed by unknown authority|cannot validate certificate for \S{1,255} because it doesn't contain any IP SANs|certificate is (?:valid for|not valid for any names)|certificate has expired|certificate relies on legacy Common Name)/;

const causes: readonly (readonly [RegExp, (registry: string) => string])[] = [
  [
    /unknown authority/,
    (registry) => `the daemon does not know the authority that signed the certificate of ${registry}`,
  ],
  [/expired/, (registry) => `the certificate of ${registry} has expired, or the daemon's clock is wrong`],
  [/./, (registry) => `the certificate of ${registry} is made out to another name`],
];

/** The daemon, not the job, checks a registry's certificate: what the job's image trusts does not count. */
export const registryCertificate: Rule = {
  name: "registry-certificate",
  of: "failed",
  explain: (evidence) => {
    const said = registrySaid(evidence, words);
    if (said === null) return null;
    const registry = registryIn(said.match.input) || "the registry";
    const why = said.match.groups?.["why"] ?? "";
    const cause = causes.find(([pattern]) => pattern.test(why))?.[1](registry) ?? "";
    const isUnknown = why.includes("unknown authority");
    const owner = said.by === "runner" ? "host" : whoseDaemon(evidence);
    const file = `/etc/docker/certs.d/${registry}/ca.crt`;
    return {
      cause,
      seen: said.line,
      author: "",
      admin: !isUnknown
        ? `give ${registry} a certificate that is valid now, and for this name`
        : owner === "sidecar" || owner === "service"
          ? `[runners.docker] volumes = ["/etc/docker/certs.d:/etc/docker/certs.d:ro"], with ${file} on the host`
          : `put the authority's certificate at ${file} on the daemon's host`,
    };
  },
};
