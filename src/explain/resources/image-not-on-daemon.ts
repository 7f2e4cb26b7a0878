import type { Rule } from "../rule.ts";
import { pulledImage } from "./pull-words.ts";
import { refused } from "./said.ts";
import { whoseDaemon } from "./whose-daemon.ts";

const words = /(?:Error response from daemon|find image): No such image: (?<image>\S{1,300})/;

/** An image that is taken from the daemon, not from a registry, and is not there. */
export const imageNotOnDaemon: Rule = {
  name: "image-not-on-daemon",
  of: "failed",
  explain: (evidence) => {
    const said = refused(evidence, words);
    if (said === null) return null;
    const image = said.match.groups?.["image"] ?? "";
    if (said.by === "runner") {
      const wanted = pulledImage(said.match.input) || image;
      return {
        cause: `the daemon has no image ${wanted}, and the runner's pull policy does not let it be pulled`,
        seen: said.line,
        author: "ask for another policy, if the runner allows one: image: { name: …, pull_policy: if-not-present }",
        admin: '[runners.docker] pull_policy = ["always", "if-not-present"], or load the image on the daemon\'s host',
      };
    }
    const owner = whoseDaemon(evidence);
    // On a daemon that stays, a name that isn't there is a mistake like any other.
    if (owner !== "sidecar" && owner !== "service") return null;
    return {
      cause: `the daemon has no image ${image}: it is this job's own, and knows nothing of what other jobs built`,
      seen: said.line,
      author:
        "build it under this very name in the same job, or push it in the job that builds it and docker pull it here",
      admin: "",
    };
  },
};
