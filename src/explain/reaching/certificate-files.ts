import { posix } from "node:path";
import type { Evidence } from "../evidence.ts";
import type { Rule } from "../rule.ts";
import { lastMatch } from "../lines.ts";
import { isWithin } from "../../job/volumes.ts";
import { daemonWords } from "./client-words.ts";
import { lastWords } from "./heard.ts";
import { daemonCalled, listeningOf, wireAgain } from "./job-daemon.ts";

const notThere =
  /open (\S+\/(?:ca|cert|key)\.pem): no such file or directory|could not read CA certificate "([^"]+)"|ENOENT: no such file or directory, open '([^']+\/(?:ca|cert|key)\.pem)'|TLSParameterError: Path to a certificate and key files must be provided/;
/** These words are Docker's alone, whatever line they stand in. */
const ofDocker =
  /unable to resolve docker endpoint: |could not read CA certificate "|Could not load X509 key pair: open |TLSParameterError: Path to a certificate/;

/** docker was told to use TLS, and its certificates are not where it looks. */
export const certificateMissing: Rule = {
  name: "client-certificate-missing",
  of: "failed",
  explain: (evidence) => {
    const words = lastWords(evidence).filter((line) => ofDocker.test(line));
    const match = lastMatch(words, notThere) ?? daemonWords(evidence, notThere);
    if (match === null) return null;
    const file = match[1] ?? match[2] ?? match[3] ?? `${evidence.client.certPath || "~/.docker"}/cert.pem`;
    const directory = posix.dirname(file);
    const isMounted = evidence.build.mounts.some(({ destination }) => isWithin(directory, destination));
    const daemon = daemonCalled(evidence, "docker");
    const isPlain = daemon !== undefined && listeningOf(daemon)?.tls === false;
    const { wiring } = evidence.client;
    return {
      cause: `docker was told to use TLS, and there is no ${file} in the job's container: ${reason(evidence, isMounted, isPlain)}`,
      seen: match.input,
      author:
        wiring !== "none"
          ? "remove DOCKER_TLS_VERIFY and DOCKER_CERT_PATH from variables: and from the script: the runner sets them"
          : isPlain
            ? `${wireAgain(evidence)}remove DOCKER_TLS_VERIFY and DOCKER_CERT_PATH, or set DOCKER_TLS_CERTDIR: "/certs"`
            : `${wireAgain(evidence)}set DOCKER_TLS_CERTDIR: "/certs" and DOCKER_CERT_PATH: "/certs/client" in variables:`,
      admin:
        isMounted || isPlain || wiring !== "none"
          ? ""
          : 'wiring = "dind" in [runners.docker.daemon], or volumes = ["/certs/client", "/cache"] in [runners.docker]',
    };
  },
};

function reason({ client }: Evidence, isMounted: boolean, isPlain: boolean): string {
  if (isPlain) return "its daemon has no TLS, so it made none";
  if (client.certPath === "") return "DOCKER_CERT_PATH is not set";
  return isMounted ? "what is mounted there holds none" : "nothing is mounted there";
}
