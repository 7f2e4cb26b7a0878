import { lastMatch } from "../lines.ts";
import type { Rule } from "../rule.ts";
import { addressOf } from "./client-address.ts";
import { daemonWords } from "./client-words.ts";
import { daemonCalled, daemonName, plainLine, wireAgain } from "./job-daemon.ts";

const refusal =
  /remote error: tls: (?:bad certificate|certificate required|handshake failure|unknown certificate(?: authority)?|expired certificate)|the server probably has client authentication \(--tlsverify\)|tlsv1[23]? alert (?:bad certificate|certificate required|unknown ca)/;
/** In dockerd's log, after the client's address. */
const inDaemonLog = /TLS handshake error from \S+: (.*)/;

/** The daemon hung up before the client had read why: its own log has it then. */
const cutOff = /"https:\/\/[^"]+": [^"]*(?:connection reset by peer|broken pipe|EOF)$/;
const certificate = /certificate|x509/;

/** A daemon with --tlsverify, and a client whose certificate it doesn't take. */
export const clientRefused: Rule = {
  name: "client-certificate-refused",
  of: "failed",
  explain: (evidence) => {
    const refused = daemonWords(evidence, refusal);
    const match = refused ?? daemonWords(evidence, cutOff);
    if (match === null) return null;
    const { certPath, wiring } = evidence.client;
    const daemon = daemonCalled(evidence, addressOf(match.input, evidence)?.host ?? "");
    const said = daemon === undefined ? null : lastMatch(daemon.log.map(plainLine), inDaemonLog);
    if (refused === null && !certificate.test(said?.[1] ?? "")) return null;
    return {
      cause:
        /certificate required/.test(match.input) || certPath === ""
          ? `${daemonName(daemon)} wants a client certificate, and docker showed none that it takes: ${certPath === "" ? "DOCKER_CERT_PATH is not set" : `look at ${certPath}`}`
          : `${daemonName(daemon)} did not take the client certificate in ${certPath}: it is of another authority, or not valid`,
      seen: said === null ? match.input : said[0],
      author:
        wiring === "tcp"
          ? ""
          : `${wireAgain(evidence)}set DOCKER_CERT_PATH: "/certs/client", where the cert.pem and key.pem of this daemon are`,
      admin:
        wiring === "tcp"
          ? "put a cert.pem and key.pem of the daemon's authority into the directory that tls_cert_path in [runners.docker.daemon] names"
          : "",
    };
  },
};
