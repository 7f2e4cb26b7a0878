import type { Evidence, ServiceEvidence } from "../evidence.ts";
import { dockerArchitecture } from "./processor.ts";

/** What a service's last words mean. */
export interface ServiceProblem {
  /** False when all that is known are its last words. */
  readonly isKnown: boolean;
  /** Goes on after "the service X ended with exit code N: ". */
  readonly cause: string;
  readonly seen: string;
  readonly author: string;
  readonly admin: string;
}

interface Known {
  readonly sign: RegExp;
  readonly cause: string;
  readonly author?: string;
  readonly admin?: string;
}

/** Databases and others that end at once when something is not said to them, in the words of their official images. */
const known: readonly Known[] = [
  {
    sign: /superuser password is not specified|You must specify POSTGRES_PASSWORD/,
    cause: "Postgres wants a password for its superuser",
    author: 'variables: { POSTGRES_PASSWORD: "…" } (or POSTGRES_HOST_AUTH_METHOD: trust) in the job',
  },
  {
    sign: /MARIADB_ROOT_PASSWORD/,
    cause: "MariaDB wants to be told root's password",
    author: 'variables: { MARIADB_ROOT_PASSWORD: "…" } (or MARIADB_ALLOW_EMPTY_ROOT_PASSWORD: "1") in the job',
  },
  {
    sign: /MYSQL_ROOT_PASSWORD|password option is not specified/,
    cause: "MySQL wants to be told root's password",
    author: 'variables: { MYSQL_ROOT_PASSWORD: "…" } (or MYSQL_ALLOW_EMPTY_PASSWORD: "yes") in the job',
  },
  {
    sign: /max virtual memory areas vm\.max_map_count \[\d+\] is too low/,
    cause: "Elasticsearch wants a higher vm.max_map_count of the Docker host",
    author: "variables: { discovery.type: single-node } on the service makes it a warning only",
    admin: "sysctl -w vm.max_map_count=262144 on the Docker host, and in /etc/sysctl.d",
  },
  {
    sign: /ACCEPT_EULA|must accept the .*(?:licen[cs]e|EULA)/i,
    cause: "it wants its licence accepted",
    author: 'variables: { ACCEPT_EULA: "Y" } in the job',
  },
  {
    sign: /requires a CPU with AVX support/,
    cause: "this MongoDB wants a processor with AVX",
    author: "use mongo:4.4",
    admin: "give its virtual machine the host's processor type",
  },
  {
    sign: /database files are incompatible with server/,
    cause: "the data on its volume are of another version",
    author: "use the version that made them, or no volume for the data",
  },
  {
    sign: /No space left on device/,
    cause: "the Docker host's disk is full",
    admin: "make room on the Docker host: docker system df",
  },
  { sign: /Address already in use|address already in use/, cause: "its port was taken already" },
];
/** 128 + SIGKILL. */
const codeOfKill = 137;
const MiB = 2 ** 20;
const ofMemory = {
  author: "give it a smaller heap or cache (ES_JAVA_OPTS, --innodb-buffer-pool-size)",
  admin: "raise service_memory in [runners.docker]",
};
const formatError = /exec format error/;

/** Why a service ended, from its last lines. */
export function problemOf(service: ServiceEvidence, { daemon }: Evidence): ServiceProblem {
  const last = service.log.at(-1) ?? "it printed nothing";
  if (service.state?.oomKilled === true) {
    return {
      isKnown: true,
      cause: "the kernel killed it, because memory ran out",
      seen: last,
      ...ofMemory,
    };
  }
  if (service.log.some((line) => formatError.test(line))) {
    const host = dockerArchitecture(daemon?.architecture ?? "");
    return {
      isKnown: true,
      cause: `its image is made for another processor than this machine's${host === "" ? "" : ` (${host})`}`,
      seen: service.log.find((line) => formatError.test(line)) as string,
      author: `use an image or tag that has linux/${host === "" ? "amd64" : host}`,
      admin: "",
    };
  }
  for (const { sign, cause, author = "", admin = "" } of known) {
    const line = service.log.findLast((each) => sign.test(each));
    if (line !== undefined) return { isKnown: true, cause, seen: line.trim(), author, admin };
  }
  if (service.state?.exitCode === codeOfKill && service.memoryLimit > 0) {
    return {
      isKnown: true,
      cause: `something killed it (SIGKILL): memory ran out, most likely, of which it may have ${Math.round(service.memoryLimit / MiB)} MiB`,
      seen: last,
      ...ofMemory,
    };
  }
  return {
    isKnown: false,
    cause: "its own last words are below",
    seen: last.trim(),
    author:
      'give the service what it asks for: variables:, command: and entrypoint: of services:; CI_DEBUG_SERVICES: "true" shows all of its log',
    admin: "",
  };
}
