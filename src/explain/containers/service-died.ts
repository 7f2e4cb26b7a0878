import type { Evidence, ServiceEvidence } from "../evidence.ts";
import { isOfReport } from "../reports.ts";
import type { Rule } from "../rule.ts";
import { ownLines } from "./ending.ts";
import { problemOf } from "./service-words.ts";

/** How programs say that they did not get through to somebody. */
const unreached =
  /refused|not known|not (?:be )?resolved?|could not translate|resolution|ENOTFOUND|EAI_AGAIN|no such host|bad address|unknown (?:\S+ )*host|unreachable|no route to host|time(?:d )?-?out|can'?t connect|could not connect|failed to connect|(?:could not|couldn't|can't|cannot|failed to|unable to) resolve/i;

/** In quotes; before a port or an address; after what says that a host follows. */
const hosts =
  /["'`]([\w.-]{1,128})["'`]|(?<![\w.-])([\w.-]{1,128})(?=:\d|:? \(|[:,]? port )|(?:\bhost(?: name|name)?:? |\blookup |\bENOTFOUND |\bEAI_AGAIN |\baddress |\bon |\bto |\/\/|[@=])([\w.-]{1,128})/gi;

/** A service that had ended when the script wanted it. */
export const serviceDied: Rule = {
  name: "service-died",
  of: "failed",
  explain: (evidence) => {
    if (evidence.failure?.exitCode == null) return null;
    const lines = ownLines(evidence, 40).filter((line) => !isOfReport(line) && unreached.test(line));
    for (const service of evidence.services) {
      if (service.isDaemon || service.state === null || service.state.running) continue;
      const line = lines.findLast((each) => names(service, each));
      if (line === undefined) continue;
      // With 0 it did what it was to do, and was not to be reached any more, unless it says otherwise.
      if (service.state.exitCode === 0 && !problemOf(service, evidence).isKnown) continue;
      return { ...describe(service, evidence, line) };
    }
    return null;
  },
};

function describe(service: ServiceEvidence, evidence: Evidence, line: string) {
  const { exitCode } = service.state ?? { exitCode: 0 };
  const problem = problemOf(service, evidence);
  return {
    cause: `the script could not reach the service ${service.name}, because that had ended with exit code ${exitCode}: ${problem.cause}`,
    seen: `${line.trim().slice(0, 90)} | last of the service: ${problem.seen.slice(0, 90)}`,
    author: problem.author,
    admin: problem.admin,
  };
}

/** The line has one of the service's aliases where the name of a host stands. */
function names({ aliases }: ServiceEvidence, line: string): boolean {
  return [...line.matchAll(hosts)].some((match) =>
    match.slice(1).some((name) => name !== undefined && aliases.includes(name.replace(/\.+$/, ""))),
  );
}
