import type { Evidence } from "../evidence.ts";
import type { Finding, Rule } from "../rule.ts";
import { isWithin } from "../../job/volumes.ts";
import { addressOf } from "./client-address.ts";
import { daemonWords } from "./client-words.ts";
import { daemonCalled, daemonName, wireAgain } from "./job-daemon.ts";

const unknownAuthority =
  /x509: certificate signed by unknown authority|self[- ]signed certificate|unable to (?:verify the first|get local issuer) certificate/;
const dates =
  /certificate has expired or is not yet valid(?:: current time (\S+) is (after|before) (\S+))?|certificate has expired|certificate is not yet valid/;
const names =
  /certificate is valid for (.+), not (\S+?)"?$|cannot validate certificate for (\S+) because it doesn't contain any IP SANs|certificate is not valid for any names, but wanted to match (\S+)|certificate relies on legacy Common Name field|does not match certificate's altnames/;

/** The daemon's certificate is of an authority that the job's docker doesn't know: the certificates belong to another daemon. */
export const certificateAuthority: Rule = {
  name: "daemon-certificate-authority",
  of: "failed",
  explain: (evidence) => {
    const match = daemonWords(evidence, unknownAuthority);
    if (match === null || staleVolume(evidence) !== "") return null;
    const where = evidence.client.certPath === "" ? "ca.pem" : `${evidence.client.certPath}/ca.pem`;
    return {
      cause: `${nameOf(match.input, evidence)} has a certificate of another authority than ${where} in the job's container`,
      seen: match.input,
      ...ofWiring(evidence, "put the ca.pem of that daemon's authority"),
    };
  },
};

/** The same, where the certificates lie in a volume that an earlier daemon filled. */
export const staleCertificates: Rule = {
  name: "stale-certificate-volume",
  of: "failed",
  explain: (evidence) => {
    const match = daemonWords(evidence, unknownAuthority);
    const source = staleVolume(evidence);
    if (match === null || source === "") return null;
    const { certPath } = evidence.client;
    const path = certPath === "" ? "/certs/client" : certPath;
    const isKept = /-cache-[0-9a-f]{32}$/.test(source);
    const where = isKept ? "a volume that the runner keeps from job to job" : source;
    return {
      cause: `the certificates in ${path} are of another daemon than ${nameOf(match.input, evidence)}: they lie in ${where}`,
      seen: match.input,
      author: evidence.client.autowire
        ? "remove DOCKER_CERT_PATH from variables:, if it is there: certificates are then made for each job"
        : 'remove LONGSHORE_DIND_AUTOWIRE: "false" from variables:, so that certificates are made for each job',
      admin: `take "${isKept ? "" : `${source}:`}${path}" out of volumes in [runners.docker], or empty it when the daemon is made anew`,
    };
  },
};

export const certificateDates: Rule = {
  name: "daemon-certificate-expired",
  of: "failed",
  explain: (evidence) => {
    const match = daemonWords(evidence, dates);
    if (match === null) return null;
    const isEarly = match[2] === "before" || match[0] === "certificate is not yet valid";
    const what = isEarly
      ? "is not valid yet"
      : match[2] === "after" || match[0] === "certificate has expired"
        ? "has expired"
        : "has expired, or is not valid yet";
    const limit = match[3] === undefined ? "" : ` (${isEarly ? "valid from" : "valid until"} ${match[3]})`;
    return {
      cause: `the certificate of ${nameOf(match.input, evidence)} ${what}${limit}`,
      seen: match.input,
      ...ofWiring(
        evidence,
        isEarly
          ? "set the clock of both hosts right, and put valid certificates"
          : "renew the daemon's certificate, and put the new ones",
      ),
    };
  },
};

/** The daemon goes by a name that its certificate doesn't have. */
export const certificateNames: Rule = {
  name: "daemon-certificate-name",
  of: "failed",
  explain: (evidence) => {
    const match = daemonWords(evidence, names);
    if (match === null) return null;
    const used = match[2] ?? match[3] ?? match[4] ?? addressOf(match.input, evidence)?.host ?? "that name";
    const valid = match[1] === undefined ? "" : `; it is valid for ${match[1]}`;
    const daemon = daemonCalled(evidence, used);
    const other = match[1]?.split(", ").find((name) => name === "docker");
    return {
      cause: `docker calls its daemon ${used}, and the daemon's certificate does not hold that name${valid}`,
      seen: match.input,
      author:
        daemon === undefined
          ? ""
          : `${wireAgain(evidence)}${other === undefined ? "" : "use DOCKER_HOST: tcp://docker:2376, or "}set DOCKER_TLS_SAN: "${/^[\d.]+$/.test(used) ? "IP" : "DNS"}:${used}" in variables:`,
      admin:
        evidence.client.wiring === "tcp"
          ? "in [runners.docker.daemon], set address to a name that the certificate holds, or give the daemon one with this name"
          : "",
    };
  },
};

/** What is mounted where the client's certificates lie and is not made for each job; "" for nothing. */
function staleVolume({ client, build }: Evidence): string {
  if (client.wiring === "dind" || client.wiring === "tcp") return "";
  const path = client.certPath === "" ? "/certs/client" : client.certPath;
  const mount = build.mounts.find(({ destination }) => isWithin(path, destination));
  return mount === undefined || isWithin(build.projectDir, mount.destination) ? "" : mount.source;
}

function nameOf(line: string, evidence: Evidence): string {
  const address = addressOf(line, evidence);
  const daemon = daemonCalled(evidence, address?.host ?? "");
  return daemon === undefined && address !== null ? `the Docker daemon ${address.host}` : daemonName(daemon);
}

/** Certificates are the runner's where it wires the daemon, and the job's otherwise. */
function ofWiring(evidence: Evidence, todo: string): Pick<Finding, "author" | "admin"> {
  const { wiring } = evidence.client;
  if (wiring === "tcp")
    return { author: "", admin: `${todo} into the directory that tls_cert_path in [runners.docker.daemon] names` };
  const own = `${wireAgain(evidence)}remove DOCKER_CERT_PATH from variables:, so that certificates made for the job are used`;
  return {
    author: own,
    admin: wiring === "none" ? 'wiring = "dind" in [runners.docker.daemon] makes certificates for each job' : "",
  };
}
