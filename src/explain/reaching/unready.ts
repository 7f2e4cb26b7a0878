import { lastMatch } from "../lines.ts";
import type { Rule } from "../rule.ts";
import { lastWords } from "./heard.ts";
import { farewellOf, jobDaemons } from "./job-daemon.ts";

const notReady = /^the Docker daemon of this job \((.*)\) did not start: (not ready after \d+ s: .*)/;
const unreachable = /^the Docker daemon (\S+) can't be reached from the job: (.*)/;

/** The runner waited for a daemon of the job's, which runs and doesn't answer. */
export const daemonUnready: Rule = {
  name: "daemon-deaf",
  of: "failed",
  explain: (evidence) => {
    const match = lastMatch(lastWords(evidence), notReady);
    if (match === null) return null;
    const service = jobDaemons(evidence).find(({ name }) => name === match[1]);
    const last = service === undefined ? "" : farewellOf(service);
    return {
      cause: `the Docker daemon ${match[1]} runs, and its API did not answer in time: ${match[2]}`,
      seen: last === "" ? match.input : last,
      author:
        service?.isSidecar === true
          ? ""
          : "check command and variables of that service: it must listen on TCP, as DOCKER_HOST says",
      admin: "a slow host may need a longer wait_for_services_timeout in [runners.docker]",
    };
  },
};

/** The wiring's daemon elsewhere doesn't answer. */
export const remoteUnreachable: Rule = {
  name: "remote-daemon-unreachable",
  of: "failed",
  explain: (evidence) => {
    const match = lastMatch(lastWords(evidence), unreachable);
    if (match === null) return null;
    const [line, address = "", problem = ""] = match;
    return {
      cause: `the Docker daemon ${address}, which the runner gives to its jobs, does not answer from the job's network`,
      seen: problem === "" ? line : problem,
      author: "",
      admin:
        "check that it listens there, that a firewall lets the job's network through, and address in [runners.docker.daemon]",
    };
  },
};
