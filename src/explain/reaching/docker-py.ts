import { lastMatch } from "../lines.ts";
import type { Rule } from "../rule.ts";
import { lastWords } from "./heard.ts";

const unsupported = /Error while fetching server API version: Not supported URL scheme http\+docker/;

/** requests 2.32 took away what docker-py before 7.1 built on, and docker-compose 1 with it: it reaches no daemon at all. */
export const dockerPyTooOld: Rule = {
  name: "docker-py-too-old",
  of: "failed",
  explain: (evidence) => {
    const match = lastMatch(lastWords(evidence), unsupported);
    if (match === null) return null;
    return {
      cause:
        "the job's docker-py is older than 7.1 and does not work with requests 2.32 or later, whatever its daemon is",
      seen: match.input,
      author: 'pip install "docker>=7.1" (or "requests<2.32"); in place of docker-compose 1 use docker compose',
      admin: "",
    };
  },
};
