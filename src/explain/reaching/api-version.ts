import { lastMatch } from "../lines.ts";
import type { Rule } from "../rule.ts";
import { lastWords } from "./heard.ts";
import { daemonCalled } from "./job-daemon.ts";

const tooOld = /client version ([\d.]+) is too old\. Minimum supported API version is ([\d.]+)/;
const tooNew =
  /client version ([\d.]+) is too new\. Maximum supported API version is ([\d.]+)|client is newer than server \(client API version: ([\d.]+), server API version: ([\d.]+)\)|requires (?:at least )?API version ([\d.]+), but the Docker (?:daemon|server) (?:API )?version is ([\d.]+)/;

/** First release of Docker whose client and daemon speak it. */
const releases: Readonly<Record<string, string>> = {
  "1.24": "1.12",
  "1.40": "19.03",
  "1.41": "20.10",
  "1.42": "23",
  "1.43": "24",
  "1.44": "25",
  "1.45": "26",
  "1.46": "27",
  "1.48": "28",
  "1.52": "29",
};

/** A client, or a DOCKER_API_VERSION, that the daemon has left behind. */
export const clientApiTooOld: Rule = {
  name: "client-api-too-old",
  of: "failed",
  explain: (evidence) => {
    const match = lastMatch(lastWords(evidence), tooOld);
    if (match === null) return null;
    const [line, client, least] = [match.input, match[1] as string, match[2] as string];
    const isPinned = evidence.client.apiVersion === client;
    return {
      cause: `the job's docker client speaks API ${client}, and its daemon takes ${least} or later${isPinned ? ": DOCKER_API_VERSION pins it" : ""}`,
      seen: line,
      author: isPinned
        ? `remove DOCKER_API_VERSION from variables:, or set it to "${least}" or later`
        : `use a newer docker client or library${since(least)}, or an older daemon${olderDaemon(evidence.services.some(({ isDaemon, isSidecar }) => isDaemon && !isSidecar))}`,
      admin:
        daemonCalled(evidence, "docker")?.isSidecar === true
          ? "an older image = in [runners.docker.daemon], if jobs can't change"
          : "",
    };
  },
};

/** A client, or a DOCKER_API_VERSION, that the daemon doesn't know yet. */
export const daemonApiTooOld: Rule = {
  name: "daemon-api-too-old",
  of: "failed",
  explain: (evidence) => {
    const match = lastMatch(lastWords(evidence), tooNew);
    if (match === null) return null;
    const client = (match[1] ?? match[3] ?? match[5]) as string;
    const most = (match[2] ?? match[4] ?? match[6]) as string;
    const isPinned = evidence.client.apiVersion === client;
    return {
      cause: `the Docker daemon speaks API ${most} at most, and the job asks for ${client}${isPinned ? ": DOCKER_API_VERSION pins it" : ""}`,
      seen: match.input,
      author: isPinned
        ? `remove DOCKER_API_VERSION from variables:, or set it to "${most}"`
        : `set DOCKER_API_VERSION: "${most}" in variables:, or do without what the daemon has not got`,
      admin: isPinned ? "" : `a newer Docker for the job's daemon${since(client)}`,
    };
  },
};

function since(api: string): string {
  const release = releases[api];
  return release === undefined ? "" : ` (${release} or later)`;
}

function olderDaemon(isOwn: boolean): string {
  return isOwn ? " in services:" : "";
}
