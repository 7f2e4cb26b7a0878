import type { Rule } from "../rule.ts";
import { registrySaid } from "./pull-words.ts";
import { refused } from "./said.ts";
import { daemonOption } from "./whose-daemon.ts";

/** Docker Hub's own sentence is nobody else's. */
const sentence = /You have reached your (?:unauthenticated )?pull rate limit/;
const words = /toomanyrequests: |429 Too Many Requests/;

/** So many pulls in so many hours, counted by address for whoever does not log in. */
export const registryRateLimit: Rule = {
  name: "registry-rate-limit",
  of: "failed",
  explain: (evidence) => {
    const said = refused(evidence, sentence) ?? registrySaid(evidence, words);
    if (said === null) return null;
    const { admin } = daemonOption(
      evidence,
      "--registry-mirror=https://MIRROR",
      '"registry-mirrors": ["https://MIRROR"]',
    );
    const mirror = '"registry-mirrors": ["https://MIRROR"] in daemon.json of the daemon\'s host';
    return {
      cause:
        "the registry counts pulls, and this address or login has used up its number; nothing is wrong with the image",
      seen: said.line,
      author:
        said.by === "runner"
          ? "log in by a CI/CD variable DOCKER_AUTH_CONFIG, or pull through ${CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX}/NAME"
          : "docker login before it, or pull through ${CI_DEPENDENCY_PROXY_GROUP_IMAGE_PREFIX}/NAME",
      admin:
        said.by === "runner"
          ? `[runners.docker] pull_policy = "if-not-present", or ${mirror}`
          : admin === ""
            ? mirror
            : admin,
    };
  },
};
