import type { Evidence, ServiceEvidence } from "../evidence.ts";
import type { Rule } from "../rule.ts";
import { lastLines } from "./ending.ts";
import { problemOf } from "./service-words.ts";

/** How programs say that they did not get through to somebody. */
const unreached =
  /refused|not known|not (?:be )?resolved?|could not translate|resolution|ENOTFOUND|EAI_AGAIN|no such host|bad address|unknown (?:\S+ )*host|unreachable|no route to host|time(?:d )?-?out|can'?t connect|could not connect|failed to connect|(?:could not|couldn't|can't|cannot|failed to|unable to) resolve/i;

/** A service that had ended when the script wanted it. */
export const serviceDied: Rule = {
  name: "service-died",
  of: "failed",
  explain: (evidence) => {
    if (evidence.failure?.exitCode == null) return null;
    const lines = lastLines(evidence, 40).filter((line) => unreached.test(line));
    for (const service of evidence.services) {
      if (service.isDaemon || service.state === null || service.state.running) continue;
      const line = lines.findLast((each) => names(service, each));
      if (line === undefined) continue;
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

/** The line names the service by one of its aliases, as a word of its own. */
function names({ aliases }: ServiceEvidence, line: string): boolean {
  return line.split(/[^\w.-]+/).some((word) => aliases.includes(word.replace(/\.+$/, "")));
}
