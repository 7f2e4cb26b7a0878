import { lastLineWith } from "../lines.ts";
import type { Rule } from "../rule.ts";
import type { Evidence } from "../evidence.ts";
import { addressOf } from "./client-address.ts";
import { daemonWords } from "./client-words.ts";
import { lastWords } from "./heard.ts";
import { daemonCalled, daemonName, jobDaemons, listeningOf, wireAgain } from "./job-daemon.ts";

const tlsExpected = /Client sent an HTTP request to an HTTPS server/;
/** Vault and others answer in the same words: who else says it is a client of Docker's, the CLI, docker-java, dockerode. */
const clientsOfDocker =
  /Error response from daemon: |\/\/[^\s/]+:237[56]\b|BadRequestException: Status 400: |\(HTTP code 400\) unexpected - /;
/** A TLS alert, read as HTTP. */
const alert = /malformed HTTP response "\\x15\\x03/;
const answeredPlain =
  /http: server gave HTTP response to HTTPS client|first record does not look like a TLS handshake|wrong version number|WRONG_VERSION_NUMBER|packet length too long/;
/** Sends its body before it hears of the answer. */
const cutOff = /"http:\/\/[^"]+:2376\/[^"]*": .*(?:broken pipe|connection reset by peer|EOF)$/;

/** A client without TLS at a daemon that wants it. */
export const httpToHttps: Rule = {
  name: "http-to-https-daemon",
  of: "failed",
  explain: (evidence) => {
    const words = lastWords(evidence);
    const answered = lastLineWith(words, [tlsExpected, clientsOfDocker]);
    const line = answered ?? (daemonWords(evidence, alert) ?? daemonWords(evidence, cutOff))?.input;
    if (line === undefined) return null;
    const { client } = evidence;
    const daemon = daemonCalled(evidence, hostOf(line, evidence));
    return {
      cause: `${daemonName(daemon)} speaks TLS, and docker spoke plain HTTP to it: ${plainBecause(evidence)}`,
      seen: line,
      author:
        client.wiring === "none"
          ? `${wireAgain(evidence)}set DOCKER_TLS_VERIFY: "1" and DOCKER_CERT_PATH: "/certs/client" beside DOCKER_HOST`
          : "remove DOCKER_HOST, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH from variables: and from the script",
      admin: adminFor(evidence, "tls_verify = true and tls_cert_path"),
    };
  },
};

/** A client with TLS at a daemon that has none. */
export const httpsToHttp: Rule = {
  name: "https-to-http-daemon",
  of: "failed",
  explain: (evidence) => {
    const match = daemonWords(evidence, answeredPlain);
    if (match === null) return null;
    const daemon = daemonCalled(evidence, hostOf(match.input, evidence));
    const isOwn = daemon !== undefined && !daemon.isSidecar;
    return {
      cause: `${daemonName(daemon)} speaks plain HTTP, and docker spoke TLS to it: ${tlsBecause(evidence)}`,
      seen: match.input,
      author: isOwn
        ? `${wireAgain(evidence)}set DOCKER_TLS_CERTDIR: "/certs" in variables: so that the daemon speaks TLS, or remove DOCKER_TLS_VERIFY`
        : "remove DOCKER_TLS_VERIFY, DOCKER_TLS and DOCKER_CERT_PATH from variables: and from the script",
      admin: adminFor(evidence, "tls_verify = false"),
    };
  },
};

function hostOf(line: string, evidence: Evidence): string {
  return addressOf(line, evidence)?.host ?? addressOf("", evidence)?.host ?? "docker";
}

function plainBecause({ client }: Evidence): string {
  if (client.tlsVerify === "") return "DOCKER_TLS_VERIFY is not set";
  return "the script or the image's entrypoint takes DOCKER_TLS_VERIFY away";
}

function tlsBecause(evidence: Evidence): string {
  if (evidence.client.tlsVerify !== "") return "DOCKER_TLS_VERIFY is set";
  const plain = jobDaemons(evidence).some((service) => listeningOf(service)?.tls === false);
  return plain ? "docker's image found certificates, or the script told it so" : "the script told it so";
}

function adminFor({ client }: Evidence, keys: string): string {
  return client.wiring === "tcp" ? `check address, and set ${keys} in [runners.docker.daemon]` : "";
}
