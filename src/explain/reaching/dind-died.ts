import type { Rule } from "../rule.ts";
import { askedHost, failedForDaemon } from "./client-words.ts";
import { askedDaemons, farewellOf, hasDied, shortName } from "./job-daemon.ts";

/** Farewells that have a simple reason. */
const reasons: readonly (readonly [RegExp, string])[] = [
  [
    /unknown (?:shorthand )?flag|flag provided but not defined/,
    "its command has an option that this dockerd does not know",
  ],
  [
    /specified both as a flag and in the configuration file/,
    "an option of its command stands in its daemon.json as well",
  ],
  [/unable to configure the Docker daemon with file/, "its daemon.json is not valid"],
  [/Could not load X509 key pair|could not read CA certificate/, "it was told to use TLS and has no certificates"],
  [/address already in use/, "its port is taken"],
  [/exec format error/, "its image is made for another kind of processor"],
  [/Permission denied \(you must be root\)|[Oo]peration not permitted/, "it may not do what a Docker daemon must"],
  [/no such file or directory|not found$/, "its image or its command misses a file"],
];

/** A daemon of the job's that ended, whatever the reason: what it said last is shown. */
export const dindDied: Rule = {
  name: "dind-died",
  of: "failed",
  explain: (evidence) => {
    if (!failedForDaemon(evidence)) return null;
    const service = askedDaemons(evidence, askedHost(evidence)).find(hasDied);
    if (service === undefined || service.state === null) return null;
    const farewell = farewellOf(service);
    const reason = reasons.find(([pattern]) => pattern.test(farewell))?.[1];
    const { exitCode, oomKilled } = service.state;
    if (oomKilled) {
      return {
        cause: `the Docker daemon of this job (${shortName(service)}) was killed, because memory ran out`,
        seen: farewell === "" ? `state of ${service.name}: OOMKilled` : farewell,
        author: "let docker build and run less at once in this job",
        admin: "raise service_memory in [runners.docker]: all that the job's containers use counts there",
      };
    }
    return {
      cause: `the Docker daemon of this job (${shortName(service)}) ended with exit code ${exitCode}${reason === undefined ? "" : `: ${reason}`}`,
      seen: farewell === "" ? `${service.name} printed nothing` : farewell,
      author: service.isSidecar ? "" : "correct image, command and variables of that service",
      admin: service.isSidecar
        ? "correct image and command in [runners.docker.daemon]"
        : 'wiring = "dind" in [runners.docker.daemon] gives jobs a daemon that needs no services:',
    };
  },
};
