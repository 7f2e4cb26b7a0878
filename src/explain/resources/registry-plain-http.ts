import type { Rule } from "../rule.ts";
import { registryIn, registrySaid } from "./pull-words.ts";
import { daemonOption } from "./whose-daemon.ts";

const words = /http: server gave HTTP response to HTTPS client/;

/** Daemons speak HTTPS to every registry but those they were told about, and those on loopback. */
export const registryPlainHttp: Rule = {
  name: "registry-plain-http",
  of: "failed",
  explain: (evidence) => {
    const said = registrySaid(evidence, words);
    if (said === null) return null;
    const registry = registryIn(said.match.input) || "REGISTRY";
    const json = `"insecure-registries": ["${registry}"]`;
    const onHost = { author: "", admin: `/etc/docker/daemon.json of the daemon's host: { ${json} }, and restart it` };
    const { author, admin } =
      said.by === "runner" ? onHost : daemonOption(evidence, `--insecure-registry=${registry}`, json);
    return {
      cause: `the registry ${registry} speaks plain HTTP, and the daemon was not told that it may`,
      seen: said.line,
      author,
      admin,
    };
  },
};
